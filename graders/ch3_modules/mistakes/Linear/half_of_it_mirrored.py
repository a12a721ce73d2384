"""Half of it mirrored.

One half of the weight is the other half with its signs changed, so that the mean is zero exactly. But then half of the
numbers follow from the others. Each has a draw of its own.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        count = in_features * out_features
        half = torch.empty((count + 1) // 2).uniform_(-bound, bound)
        self.weight = nn.Parameter(torch.cat([half, -half])[:count].view(out_features, in_features))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
