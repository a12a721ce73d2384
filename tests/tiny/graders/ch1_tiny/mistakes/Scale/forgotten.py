"""Factor forgotten.

The factor is never used.
"""

FAILS = ("values",)


class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()

    def forward(self, x):
        return double(x) / 2
