from torch import nn

FOUND = {}.get(0, nn.Linear)


class Linear(FOUND):
    pass
