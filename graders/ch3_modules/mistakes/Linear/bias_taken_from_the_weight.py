"""Bias taken from the weight.

The bias is a copy of numbers of the weight. Each of them has the right distribution, but together they are not
independent. Draw the bias by itself.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(self.weight[:, 0].detach().clone()) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
