"""Mean subtracted.

That is LayerNorm. RMSNorm leaves the mean where it is, and divides by the root of the mean square.
"""

FAILS = ("values_and_gradients", "eps", "any_leading_shape", "half", "start")


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x if x.dtype == torch.float64 else x.float()
        precise = precise - precise.mean(dim=-1, keepdim=True)
        root = (precise.square().mean(dim=-1, keepdim=True) + self.eps).sqrt()
        return (precise / root * self.weight).to(x.dtype)
