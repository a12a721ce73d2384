"""One row for all outputs.

A single row is drawn, and all outputs start with it: they then compute the same, get the same gradient, and stay the
same for ever. Each number of the weight has a draw of its own.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        row = torch.empty(1, in_features).uniform_(-bound, bound)
        self.weight = nn.Parameter(row.repeat(out_features, 1))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
