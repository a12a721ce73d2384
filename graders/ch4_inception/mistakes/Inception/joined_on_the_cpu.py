"""Joined on the CPU.

The branches' outputs are written into a tensor on the CPU, while they are on another device. `torch.cat` creates its
result on the device of its parts.
Read: torch.cat · https://docs.pytorch.org/docs/stable/generated/torch.cat.html
"""

FAILS = ("placement",)


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, c1, 1)
        self.branch3 = nn.Sequential(ConvBlock(in_channels, c3_reduce, 1), ConvBlock(c3_reduce, c3, 3, padding=1))
        self.branch5 = nn.Sequential(ConvBlock(in_channels, c5_reduce, 1), ConvBlock(c5_reduce, c5, 5, padding=2))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(in_channels, pool_proj, 1))
        self.channels = (c1, c3, c5, pool_proj)

    def forward(self, x):
        joined = torch.zeros(len(x), sum(self.channels), *x.shape[2:], dtype=x.dtype)
        start = 0
        for branch in (self.branch1, self.branch3, self.branch5, self.branch_pool):
            y = branch(x)
            joined[:, start : start + y.shape[1]] = y
            start += y.shape[1]
        return joined
