from torch import nn

match [nn.Linear]:
    case [FOUND]:
        pass


class Linear(FOUND):
    pass
