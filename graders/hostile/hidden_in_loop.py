from torch import nn

for FOUND in (nn.Linear,):
    pass


class Linear(FOUND):
    pass
