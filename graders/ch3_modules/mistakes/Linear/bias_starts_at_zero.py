"""Bias starts at zero.

The bias is made of zeros. Many networks start that way, and it works; but this layer promises to start like
`nn.Linear`, and there the bias is uniform on ±1/√in_features, as the weight is.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
