"""Returned in float32.

x came in half precision, and the result is in float32: the next layer cannot use it. Convert it back to `x.dtype`.
"""

FAILS = ("half",)


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x if x.dtype == torch.float64 else x.float()
        root = (precise.square().mean(dim=-1, keepdim=True) + self.eps).sqrt()
        return precise / root * self.weight
