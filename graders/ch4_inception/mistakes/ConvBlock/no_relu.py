"""ReLU forgotten.

The block returns negative numbers: there is no ReLU at its end. Without it two blocks in a row are one linear map, and
depth buys nothing.
"""

FAILS = ("evaluation", "training", "floating_dtypes")


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return self.bn(self.conv(x))
