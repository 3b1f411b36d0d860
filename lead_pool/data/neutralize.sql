-- a copy of the database tells no group of people anything, and has forgotten how
UPDATE lead_pool_robot SET active = false, kept_url = NULL, kept_secret = NULL;
-- no other program hears of what happens in it, nor has it what would prove that it is us
UPDATE lead_pool_webhook SET active = false, kept_url = NULL, kept_secret = NULL;
-- nobody's leads come into it: its addresses are others, and what platforms sign with is forgotten
UPDATE lead_pool_intake
   SET active = false, token = 'neutralized-' || id || '-' || md5(random()::text), token_digest = NULL,
       secret = NULL, body_secret = NULL, verify_token = NULL,
       page_token = NULL; -- nor does it ask Meta who somebody is
-- whoever watches the real one does not watch the copy
DELETE FROM ir_config_parameter WHERE key = 'lead_pool.health_token';
