"""Blocks that are not registered.

Some blocks are missing from parameters(), so they never learn, and `.to()` does not reach them. Most often a branch is
a Python list of blocks: PyTorch looks into modules only. Make an nn.Sequential of it.
Read: nn.Sequential · https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html
"""

FAILS = ("windows", "values")


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, c1, 1)
        self.branch3 = [ConvBlock(in_channels, c3_reduce, 1), ConvBlock(c3_reduce, c3, 3, padding=1)]
        self.branch5 = [ConvBlock(in_channels, c5_reduce, 1), ConvBlock(c5_reduce, c5, 5, padding=2)]
        self.branch_pool = [nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(in_channels, pool_proj, 1)]

    def forward(self, x):
        outputs = [self.branch1(x)]
        for first, second in (self.branch3, self.branch5, self.branch_pool):
            outputs.append(second(first(x)))
        return torch.cat(outputs, dim=1)
