"""A view of the input.

`x.view(…)` looks at the same memory in another shape, and that is impossible where x was transposed before: its numbers
are not in that order in memory. `reshape` copies where it must; the operator @ needs neither.
Read: Tensor.view · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
"""

FAILS = ("any_leading_shape",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = x.view(-1, x.shape[-1]) @ self.weight.T
        if self.bias is not None:
            y = y + self.bias
        return y.view(*x.shape[:-1], len(self.weight))
