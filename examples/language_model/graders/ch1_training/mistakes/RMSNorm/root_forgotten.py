"""Root forgotten.

Each vector is divided by its mean square. Twice as long a vector then becomes half as long. Divide by the root.
"""

FAILS = ("values_and_gradients",)


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x if x.dtype == torch.float64 else x.float()
        root = precise.square().mean(dim=-1, keepdim=True) + self.eps
        return (precise / root * self.weight).to(x.dtype)
