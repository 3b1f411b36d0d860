from . import ir_qweb, ir_ui_view, lead_pool_website_tally, res_config_settings, website
