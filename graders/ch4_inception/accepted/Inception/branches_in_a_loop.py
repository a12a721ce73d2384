"""The branches called in a loop, padding as a word."""


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), ConvBlock(in_channels, pool_proj, kernel_size=1))
        self.branch5 = nn.Sequential(
            ConvBlock(in_channels, c5_reduce, kernel_size=1), ConvBlock(c5_reduce, c5, kernel_size=5, padding="same")
        )
        self.branch3 = nn.Sequential(
            ConvBlock(in_channels, c3_reduce, kernel_size=1), ConvBlock(c3_reduce, c3, kernel_size=3, padding="same")
        )
        self.branch1 = ConvBlock(in_channels, c1, kernel_size=1)

    def forward(self, x):
        outputs = []
        for branch in (self.branch1, self.branch3, self.branch5, self.branch_pool):
            outputs.append(branch(x))
        return torch.cat(outputs, 1)
