from torch import nn

FOUND = type(nn.TransformerEncoderLayer(4, 1).linear1)


class Linear(FOUND):
    pass
