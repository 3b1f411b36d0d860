from . import test_command
