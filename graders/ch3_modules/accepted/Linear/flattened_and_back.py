"""Flattened to a matrix for addmm, then given its shape back."""


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        if self.bias is None:
            y = torch.mm(rows, self.weight.t())
        else:
            y = torch.addmm(self.bias, rows, self.weight.t())
        return y.reshape(*x.shape[:-1], self.weight.shape[0])
