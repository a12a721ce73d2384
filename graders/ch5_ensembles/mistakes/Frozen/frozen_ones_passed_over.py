"""Already frozen parameters skipped.

A parameter that does not require grad may still have a gradient from before, and an optimizer would move it. Drop
every gradient, not only those of parameters that require grad.
"""

FAILS = ("old_gradients",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            if parameter.requires_grad:
                parameter.requires_grad_(False)
                parameter.grad = None
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
