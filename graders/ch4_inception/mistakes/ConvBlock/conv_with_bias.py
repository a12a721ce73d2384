"""A convolution with a bias.

The convolution has a bias. Batch norm subtracts the mean of each channel right after it, so in training the bias does
nothing but cost memory and time. nn.Conv2d has one unless you say otherwise.
Read: nn.Conv2d · https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

FAILS = ("parts",)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))
