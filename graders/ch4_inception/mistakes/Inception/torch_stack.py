"""torch.stack instead of torch.cat.

torch.stack makes a new dimension, and wants all its tensors to have one shape. The branches have different numbers of
channels. torch.cat puts them side by side along a dimension that is there already.
Read: torch.cat · https://docs.pytorch.org/docs/stable/generated/torch.cat.html
"""

FAILS = ("values", "gradients")


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, c1, 1)
        self.branch3 = nn.Sequential(ConvBlock(in_channels, c3_reduce, 1), ConvBlock(c3_reduce, c3, 3, padding=1))
        self.branch5 = nn.Sequential(ConvBlock(in_channels, c5_reduce, 1), ConvBlock(c5_reduce, c5, 5, padding=2))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(in_channels, pool_proj, 1))

    def forward(self, x):
        return torch.stack([self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)], dim=1)
