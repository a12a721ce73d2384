"""A layer in float64.

The parameters are made in float64. A new layer has torch's default dtype, float32, as all other layers and nearly all
data have; a float32 input does not match a float64 weight. Name no dtype, and torch takes its default.
Read: torch.set_default_dtype · https://docs.pytorch.org/docs/stable/generated/torch.set_default_dtype.html
"""

FAILS = ("parameters",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        weight = torch.empty(out_features, in_features, dtype=torch.float64)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty_like(weight[:, 0]).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
