"""First numbers far too large.

The first numbers are drawn with `torch.randn`, whatever the size of the layer. An output adds up `in_features`
products, so its size grows with √in_features, and a few such layers in a row explode. Draw uniformly on
±1/√in_features.
Read: Tensor.uniform_ · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features))
        self.bias = nn.Parameter(torch.randn(out_features)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
