"""Only for two dimensions.

The product used takes a matrix, (N, in_features), and nothing else. A single vector, or a batch of sequences, has a
different number of dimensions, and should work as well. The operator @ with the transposed weight on the right maps the
last dimension and keeps all others.
Read: torch.matmul · https://docs.pytorch.org/docs/stable/generated/torch.matmul.html
"""

FAILS = ("any_leading_shape",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = torch.mm(x, self.weight.T)
        return y if self.bias is None else y + self.bias
