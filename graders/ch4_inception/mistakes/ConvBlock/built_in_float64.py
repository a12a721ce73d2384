"""Weights that are not float32.

The block cannot take the float32 images that everybody has, until it is converted. Leave the dtype to torch.
Read: torch.get_default_dtype · https://docs.pytorch.org/docs/stable/generated/torch.get_default_dtype.html
"""

FAILS = ("parts",)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False, dtype=torch.float64)
        self.bn = nn.BatchNorm2d(out_channels, dtype=torch.float64)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()
