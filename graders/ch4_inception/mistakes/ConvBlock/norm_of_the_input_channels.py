"""Batch norm for the wrong number of channels.

The batch norm expects as many channels as come into the block. It normalises what the convolution returned, and that
has out_channels.
Read: nn.BatchNorm2d · https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
"""

FAILS = ("evaluation", "training", "parts")


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(in_channels)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()
