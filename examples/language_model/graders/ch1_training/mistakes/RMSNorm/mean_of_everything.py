"""One mean for all vectors.

The mean is taken over all numbers of x, so each vector's result depends on the others of its batch. Take it over the
last dimension, with keepdim=True.
"""

FAILS = ("values_and_gradients", "any_leading_shape")


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x if x.dtype == torch.float64 else x.float()
        root = (precise.square().mean() + self.eps).sqrt()
        return (precise / root * self.weight).to(x.dtype)
