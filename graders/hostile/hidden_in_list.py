from torch import nn

FOUND = [nn.Identity, nn.Linear][1]


class Linear(FOUND):
    pass
