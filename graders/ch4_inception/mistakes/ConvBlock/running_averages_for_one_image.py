"""One image normalised with the running averages.

In training, a batch of one image is normalised with the running averages. Batch norm in training takes mean and
variance over the batch and all pixels, and one image has enough pixels for that.
"""

FAILS = ("training",)


class ConvBlock(nn.Module):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.training and len(x) == 1:
            self.bn.eval()
            x = self.bn(x)
            self.bn.train()
            return torch.relu(x)
        return torch.relu(self.bn(x))
