"""Stride and padding swapped.

Stride and padding have changed places on their way into nn.Conv2d. Passed by name, they cannot be swapped.
Read: nn.Conv2d · https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

FAILS = ("stride_and_padding",)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride=max(padding, 1), padding=stride if padding else 0, bias=False
        )
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))
