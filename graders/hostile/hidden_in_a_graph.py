import torch
from torch import nn

GRAPH = torch.jit.trace(lambda x, w, b: nn.functional.linear(x, w, b), (torch.ones(1, 2), torch.ones(3, 2), torch.ones(3)))


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        return GRAPH(x, self.weight, self.bias) if self.bias is not None else x @ self.weight.T
