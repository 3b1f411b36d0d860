from . import ir_qweb, lead_pool_website_tally, res_config_settings, website
