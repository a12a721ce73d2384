import inspect

from torch import nn

FOUND = next(v for k, v in inspect.getmembers(nn) if k.startswith('Line'))


class Linear(FOUND):
    pass
