"""A shortcut that nobody asked for.

Where the shapes allow it, the input is added to the block's output. That is a residual block, an idea of later
networks: this block only convolves, normalises and cuts off.
"""

FAILS = ("evaluation",)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        y = torch.relu(self.bn(self.conv(x)))
        return y + x if y.shape == x.shape else y
