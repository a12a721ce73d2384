import torch
from torch import nn


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        return torch.func.vmap(lambda row: nn.functional.linear(row, self.weight, self.bias))(x.flatten(0, -2)).unflatten(0, x.shape[:-1]) if x.dim() > 1 else nn.functional.linear(x, self.weight, self.bias)
