"""ReLU before batch norm.

The ReLU comes between the convolution and the batch norm, so the block returns negative numbers. Half of the values are
cut off before they are centred. The order here is convolution, batch norm, ReLU.
"""

FAILS = (
    "evaluation",
    "training",
    "gradients",
)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return self.bn(torch.relu(self.conv(x)))
