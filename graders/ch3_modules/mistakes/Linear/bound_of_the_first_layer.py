"""The bound of the first layer.

Every later layer starts with the bound of the first one. Most often the bound is computed once, and kept on the class
or in a global variable. Each layer has its own number of inputs. Keep what belongs to one layer in a local variable or
on `self`.
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    bound = None

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        if Linear.bound is None:
            Linear.bound = in_features**-0.5
        bound = self.bound
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
