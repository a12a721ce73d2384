"""Zeros on the CPU in place of a bias.

With `bias=False` the layer adds a tensor of zeros that was made without a device. It is on the CPU, and the product is
wherever x is; on a GPU, the sum of the two is an error. Without a bias there is nothing to add.
"""

FAILS = ("placement",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        bias = torch.zeros(len(self.weight), dtype=x.dtype) if self.bias is None else self.bias
        return x @ self.weight.T + bias
