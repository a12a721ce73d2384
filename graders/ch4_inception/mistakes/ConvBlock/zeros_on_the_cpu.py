"""Compared with zeros on the CPU.

The ReLU is written by hand, and compares with zeros that are on the CPU while the images are on another device.
`torch.zeros_like(y)` makes them where y is; `torch.relu(y)` needs none.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("placement",)


class ConvBlock(nn.Module):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn(self.conv(x))
        return torch.maximum(y, torch.zeros(y.shape, dtype=y.dtype))
