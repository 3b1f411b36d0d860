from . import controllers, demo, models, wizard
from .hooks import post_load, uninstall_hook
