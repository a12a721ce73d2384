"""Bound without the square root.

The bound used is 1/in_features. It should be 1/√in_features. Variances add up, not sizes: with the smaller bound
the signal shrinks by a factor of √in_features in every layer, and deep networks go quiet. Look at where the bound
is computed.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = 1 / in_features
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
