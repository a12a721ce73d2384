"""Evenly spaced and shuffled.

The numbers are spaced evenly over the interval, and only their order is random. They are not draws: each number is
missing from the others. Draw each by itself.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5

        def shuffled(*shape):
            count = torch.Size(shape).numel()
            return nn.Parameter(((torch.randperm(count) + 0.5) / count * 2 - 1).view(shape) * bound)

        self.weight = shuffled(out_features, in_features)
        self.bias = shuffled(out_features) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
