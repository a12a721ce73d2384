"""Normal instead of uniform.

The first numbers follow a bell curve with standard deviation 1/√in_features. Some of them lie far outside the
bound, and most crowd around zero. Here every number between the two bounds is equally likely, and none lies
outside: use uniform random numbers, not `randn` or `normal_`.
Read: Tensor.uniform_ · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.randn(out_features, in_features) * bound)
        self.bias = nn.Parameter(torch.randn(out_features) * bound) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
