-- a copy of the database tells no group of people anything
UPDATE lead_pool_robot SET active = false;
