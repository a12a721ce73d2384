"""Left in training mode.

Only requires_grad was switched off. The module is still in training mode: dropout drops, and batch norm moves its
running averages.
"""

FAILS = ("stays_in_evaluation", "in_evaluation")


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None

    def forward(self, x):
        return self.module(x)
