from torch import nn

FOUND = [layer for layer in (nn.Linear,)][0]


class Linear(FOUND):
    pass
