-- a copy of the database tells no group of people anything
UPDATE lead_pool_robot SET active = false;
-- nor does it ask Meta who somebody is
UPDATE lead_pool_intake SET page_token = NULL;
