from . import sentences, promises, running, monitor, ledgers, repair, check
