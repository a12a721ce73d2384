"""A bound of √6/√in_features.

The weight reaches from −√6/√in_features to √6/√in_features. That is what `nn.init.kaiming_uniform_` draws if it is
called without its argument a; `nn.Linear` calls it with a=√5, and then the bound is 1/√in_features. Drawing between two
bounds of your own is simpler.
Read: torch.nn.init · https://docs.pytorch.org/docs/stable/nn.init.html
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(out_features, in_features)))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
