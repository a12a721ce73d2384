"""Leading dimensions lost.

The input is flattened to a matrix, but the result is not given its shape back. (2, 5, 4) should become (2, 5, 3), not
(10, 3): the caller relies on the leading dimensions. The operator @ keeps them by itself.
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
        y = x.reshape(-1, x.shape[-1]) @ self.weight.T
        return y if self.bias is None else y + self.bias
