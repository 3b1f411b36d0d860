from . import sentences, promises, running, ledgers, repair, check
