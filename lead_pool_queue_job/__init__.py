from . import models
from .hooks import give_work_back, queue_open_work
