"""Stride ignored.

The output is as large with stride 2 as with stride 1. Most often the argument stops in `__init__` and is not handed to
the convolution.
"""

FAILS = ("stride_and_padding",)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))
