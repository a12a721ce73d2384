"""More than weight and bias is saved.

A registered buffer is in the state_dict along with weight and bias. `nn.Linear` does not know it, and refuses to load
the state. A plain number can be a plain attribute.
Read: Module.register_buffer · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer
"""  # noqa: E501

FAILS = ("state_dict",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None
        self.register_buffer("bound", torch.tensor(bound))

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
