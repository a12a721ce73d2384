"""ReLU as a module, in place, with the arguments by name."""


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.bn = nn.BatchNorm2d(num_features=out_channels)
        self.conv = nn.Conv2d(
            bias=False,
            in_channels=in_channels,
            out_channels=out_channels,
            kernel_size=(kernel_size, kernel_size),
            stride=stride,
            padding=padding,
        )

    def forward(self, x):
        return self.relu(self.bn(self.conv(x)))
