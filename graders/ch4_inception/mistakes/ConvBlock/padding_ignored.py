"""Padding ignored.

The output is smaller than padding would make it. Most often the argument stops in `__init__` and is not handed to the
convolution.
"""

FAILS = (
    "evaluation",
    "stride_and_padding",
)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))
