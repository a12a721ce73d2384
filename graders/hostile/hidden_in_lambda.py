from torch import nn

FOUND = (lambda layer: layer)(nn.Linear)


class Linear(FOUND):
    pass
