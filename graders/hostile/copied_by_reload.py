import importlib
import sys

import torch

FOUND = importlib.reload(sys.modules['torch.optim.sgd']).SGD


class SGD(FOUND):
    pass
