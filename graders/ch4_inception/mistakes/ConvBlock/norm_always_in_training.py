"""The batch's own mean, even in evaluation.

In evaluation the block still normalises with the mean and variance of the current batch. The result for an image then
depends on its neighbours in the batch. An nn.BatchNorm2d knows by itself when to use its running averages, as long as
it is called as a module with its defaults.
Read: nn.BatchNorm2d · https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
"""

FAILS = ("evaluation",)


class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return torch.relu(
            nn.functional.batch_norm(
                self.conv(x), self.bn.running_mean, self.bn.running_var, self.bn.weight, self.bn.bias, training=True
            )
        )
