"""All numbers start at 0.

Weight and bias start as zeros. Then all outputs are equal, all get the same gradient, and they stay equal for ever: the
layer learns as if it had a single output. Start from random numbers.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
