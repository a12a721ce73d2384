"""Only the outermost module in evaluation.

The wrapper says training == False, but the modules inside are in training mode. `self.training = False` does not reach
them; eval() does.
"""

FAILS = ("stays_in_evaluation", "in_evaluation")


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.training = False

    def train(self, mode=True):
        return self

    def forward(self, x):
        return self.module(x)
