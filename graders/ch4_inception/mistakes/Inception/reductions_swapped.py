"""Reduction and window counts swapped.

branch3 and branch5 have their two channel counts the wrong way round: the first, 1×1 block makes c3_reduce (or
c5_reduce) channels, and the second makes c3 (or c5).
"""

FAILS = (
    "windows",
    "values",
)


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, c1, 1)
        self.branch3 = nn.Sequential(ConvBlock(in_channels, c3, 1), ConvBlock(c3, c3_reduce, 3, padding=1))
        self.branch5 = nn.Sequential(ConvBlock(in_channels, c5, 1), ConvBlock(c5, c5_reduce, 5, padding=2))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(in_channels, pool_proj, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)], dim=1)
