from . import chatbot_script_step, discuss_channel
