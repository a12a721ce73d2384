"""Squares overflow in float16.

The largest float16 is 65504, so the square of 300 is infinite, and x divided by that is 0. Convert x to float32 before
you square it, and convert the result back.
"""

FAILS = ("half",)


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        root = (x.square().mean(dim=-1, keepdim=True) + self.eps).sqrt()
        return (x / root * self.weight).to(x.dtype)
