"""Convolutions that are not ConvBlocks.

A branch holds a plain nn.Conv2d, which has no conv and no bn inside. Each convolution of this module is a ConvBlock:
convolution, batch norm, ReLU.
Read: nn.Sequential · https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html
"""

FAILS = ("values", "windows", "gradients")


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch1 = nn.Conv2d(in_channels, c1, 1)
        self.branch3 = nn.Sequential(nn.Conv2d(in_channels, c3_reduce, 1), nn.Conv2d(c3_reduce, c3, 3, padding=1))
        self.branch5 = nn.Sequential(nn.Conv2d(in_channels, c5_reduce, 1), nn.Conv2d(c5_reduce, c5, 5, padding=2))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(in_channels, pool_proj, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)], dim=1)
