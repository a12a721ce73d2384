"""A block shared by all modules.

Two Inception modules of the same sizes share parameters, so what one learns changes the other. What belongs to one
module is made in its `__init__`, and kept in nothing that all modules of the class see.
"""

FAILS = ("windows",)


class Inception(nn.Module):
    shared = {}

    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()

        def block(*sizes, padding=0):
            if (sizes, padding) not in self.shared:
                self.shared[sizes, padding] = ConvBlock(*sizes, padding=padding)
            return self.shared[sizes, padding]

        self.branch1 = block(in_channels, c1, 1)
        self.branch3 = nn.Sequential(ConvBlock(in_channels, c3_reduce, 1), ConvBlock(c3_reduce, c3, 3, padding=1))
        self.branch5 = nn.Sequential(ConvBlock(in_channels, c5_reduce, 1), ConvBlock(c5_reduce, c5, 5, padding=2))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(in_channels, pool_proj, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)], dim=1)
