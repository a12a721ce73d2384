"""No bias, but not None.

With `bias=False` the layer keeps a bias of zeros. The outputs are the same, but `layer.bias` should be None: a bias of
zeros that is a parameter will learn, and it appears in the `state_dict`, where `nn.Linear` does not expect it.
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
