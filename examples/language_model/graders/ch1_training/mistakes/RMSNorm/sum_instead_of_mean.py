"""Sum instead of mean.

The vector is divided by its length, so its numbers get smaller the more features there are. Divide the sum of the
squares by their number: take the mean.
"""

FAILS = ("values_and_gradients", "eps", "any_leading_shape", "half", "start")


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x if x.dtype == torch.float64 else x.float()
        root = (precise.square().sum(dim=-1, keepdim=True) + self.eps).sqrt()
        return (precise / root * self.weight).to(x.dtype)
