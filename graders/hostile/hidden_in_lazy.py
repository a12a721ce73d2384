from torch import nn

FOUND = nn.LazyLinear.__bases__[1]


class Linear(FOUND):
    pass
