import runpy

import torch

FOUND = runpy.run_module('torch.optim.sgd')['SGD']


class SGD(FOUND):
    pass
