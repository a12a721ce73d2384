"""A 3×3 window in the 5×5 branch.

The second block of branch5 has a 3×3 window. torchvision's GoogLeNet has the same mistake, kept so that old weights
still load. In the paper, and here, it is a true 5×5.
Read: the paper, Figure 2 · https://arxiv.org/abs/1409.4842
"""

FAILS = (
    "values",
    "branches",
    "windows",
)


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, c1, 1)
        self.branch3 = nn.Sequential(ConvBlock(in_channels, c3_reduce, 1), ConvBlock(c3_reduce, c3, 3, padding=1))
        self.branch5 = nn.Sequential(ConvBlock(in_channels, c5_reduce, 1), ConvBlock(c5_reduce, c5, 3, padding=1))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(in_channels, pool_proj, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)], dim=1)
