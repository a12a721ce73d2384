"""Broadcast products, summed over the last dimension; the numbers from torch.distributions."""


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        uniform = torch.distributions.Uniform(-bound, bound)
        self.bias = None
        if bias:
            self.bias = nn.Parameter(uniform.sample((out_features,)))
        self.weight = nn.Parameter(uniform.sample((out_features, in_features)))

    def forward(self, x):
        y = (x.unsqueeze(-2) * self.weight).sum(-1)
        if self.bias is not None:
            y += self.bias
        return y
