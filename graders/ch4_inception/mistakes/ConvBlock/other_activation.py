"""An activation other than ReLU.

The output is not ReLU of the batch norm: small negative numbers get through. Here the activation is plain ReLU: max(0,
x).
Read: torch.relu · https://docs.pytorch.org/docs/stable/generated/torch.relu.html
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
        return nn.functional.leaky_relu(self.bn(self.conv(x)), 0.01)
