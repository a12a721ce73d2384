"""eps ignored.

The eps that was given is not kept, and a fixed one is used in its place. Keep it in `__init__`, as `self.eps`.
"""

FAILS = ("eps",)


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x if x.dtype == torch.float64 else x.float()
        root = (precise.square().mean(dim=-1, keepdim=True) + 1e-5).sqrt()
        return (precise / root * self.weight).to(x.dtype)
