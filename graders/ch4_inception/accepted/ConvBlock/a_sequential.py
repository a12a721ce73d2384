"""A Sequential with named parts."""


class ConvBlock(nn.Sequential):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.add_module("conv", nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False))
        self.add_module("bn", nn.BatchNorm2d(out_channels))
        self.add_module("act", nn.ReLU())
