from . import models, wizard, demo
from .hooks import uninstall_hook
