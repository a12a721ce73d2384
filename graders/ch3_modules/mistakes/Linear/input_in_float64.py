"""The input is converted to float64.

A layer works in the dtype of its parameters: float32 unless somebody changes it. An input that is converted to another
dtype does not match them. Leave it as it is.
"""

FAILS = ("floating_dtypes",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x.double() @ self.weight.T
        return y if self.bias is None else y + self.bias
