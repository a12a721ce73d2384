import copy

import torch
from torch import nn

LAYER = nn.Linear(1, 1)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self._modules["inner"] = copy.deepcopy(LAYER)
        self.inner.weight = nn.Parameter(torch.rand(out_features, in_features))

    weight, bias = property(lambda self: self.inner.weight), property(lambda self: self.inner.bias)

    def forward(self, x):
        return x @ self.weight.T + self.bias
