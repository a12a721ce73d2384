"""Old gradients left.

The parameters still have the gradients of their own training. An optimizer moves whatever has a `.grad`, whether or
not it requires grad. Set it to None.
"""

FAILS = ("old_gradients",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
