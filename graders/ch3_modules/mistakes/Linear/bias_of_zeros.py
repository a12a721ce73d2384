"""A bias in spite of bias=False.

With `bias=False` the layer still has a bias, even if it starts as zeros. It is a parameter, so it will learn;
`layer.bias is None` is False; and the `state_dict` holds a name that `nn.Linear(…, bias=False)` does not know. Make it
only if it is wanted, and set `self.bias = None` otherwise.
"""

FAILS = ("without_bias", "state_dict")


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(
            torch.empty(out_features).uniform_(-bound, bound) if bias else torch.zeros(out_features)
        )

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
