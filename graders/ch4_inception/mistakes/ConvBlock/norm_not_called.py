"""The output is not normalised.

The output is ReLU of the convolution alone. Most often the batch norm is made in `__init__`, and forward never calls
it.
"""

FAILS = (
    "evaluation",
    "training",
)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return torch.relu(self.conv(x))
