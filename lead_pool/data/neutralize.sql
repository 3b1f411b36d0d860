-- a copy of the database tells no group of people anything
UPDATE lead_pool_robot SET active = false;
-- no other program hears of what happens in it, nor has it what would prove that it is us
UPDATE lead_pool_webhook SET active = false, kept_url = NULL, kept_secret = NULL;
-- whoever watches the real one does not watch the copy
DELETE FROM ir_config_parameter WHERE key = 'lead_pool.health_token';
-- nor does it ask Meta who somebody is
UPDATE lead_pool_intake SET page_token = NULL;
