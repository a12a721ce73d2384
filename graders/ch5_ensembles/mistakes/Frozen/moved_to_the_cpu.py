"""The module moved to the CPU.

The module is moved to the CPU when it is frozen. A module that was on a GPU no longer fits its inputs. Leave it where
it is.
"""

FAILS = ("placement",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module.cpu()
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
