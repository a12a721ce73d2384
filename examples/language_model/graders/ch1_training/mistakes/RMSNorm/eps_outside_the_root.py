"""eps outside the root.

eps is added to the root mean square, not to the mean square. For ordinary numbers the two are nearly the same; for
small ones the root of eps is far larger than eps.
"""

FAILS = ("values_and_gradients", "eps")


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x if x.dtype == torch.float64 else x.float()
        root = precise.square().mean(dim=-1, keepdim=True).sqrt() + self.eps
        return (precise / root * self.weight).to(x.dtype)
