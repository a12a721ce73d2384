"""Sequentials with names, the channel dimension counted from the end."""

from collections import OrderedDict


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c3_reduce, c3, c5_reduce, c5, pool_proj):
        super().__init__()
        self.branch1 = ConvBlock(in_channels, c1, 1)
        self.branch3 = self._pair(in_channels, c3_reduce, c3, 3)
        self.branch5 = self._pair(in_channels, c5_reduce, c5, 5)
        self.branch_pool = nn.Sequential(
            OrderedDict(
                pool=nn.MaxPool2d(kernel_size=3, stride=1, padding=1), project=ConvBlock(in_channels, pool_proj, 1)
            )
        )

    @staticmethod
    def _pair(channels, reduced, out, window):
        first, second = ConvBlock(channels, reduced, 1), ConvBlock(reduced, out, window, padding=window // 2)
        return nn.Sequential(OrderedDict(reduce=first, window=second))

    def forward(self, x):
        return torch.concat((self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)), dim=-3)
