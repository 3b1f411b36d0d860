from . import chatbot_script_step, crm_lead, discuss_channel
