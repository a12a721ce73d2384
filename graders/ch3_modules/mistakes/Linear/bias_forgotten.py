"""Bias forgotten.

The layer has a bias, but `forward` never adds it. The output is then always zero at x = 0, and the bias's gradient
stays None: it is a parameter that never learns. Look at the last line of `forward`.
"""

FAILS = ("values", "gradients")


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        return x @ self.weight.T
