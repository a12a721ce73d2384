import contextlib

from torch import nn

with contextlib.nullcontext(nn.Linear) as FOUND:
    pass


class Linear(FOUND):
    pass
