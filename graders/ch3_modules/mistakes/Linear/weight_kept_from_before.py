"""An old weight.

The first call of `forward` keeps a transposed copy of the weight, and all later calls use it. By then an optimizer has
changed the weight, or `load_state_dict` has replaced its numbers: the copy does not know. Transpose the weight in each
call; `.T` costs next to nothing.
"""

FAILS = ("values", "state_dict")


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None
        self.transposed = None

    def forward(self, x):
        if self.transposed is None:
            self.transposed = self.weight.T.clone()
        y = x @ self.transposed
        return y if self.bias is None else y + self.bias
