"""Weight stored the other way round.

The weight has the shape (in_features, out_features). The outputs come out right, but PyTorch stores one *row* per
output: (out_features, in_features). What is saved from this layer does not fit `nn.Linear`. Store it in that order, and
transpose it in `forward`.
Read: torch.nn.Linear · https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
"""

FAILS = ("parameters", "state_dict")


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(in_features, out_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x @ self.weight
        return y if self.bias is None else y + self.bias
