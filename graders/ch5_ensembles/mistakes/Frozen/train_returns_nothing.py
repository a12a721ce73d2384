"""train() returns nothing.

train() must return the module, as nn.Module does: code such as `model.train().to(device)`, and eval() itself, rely
on it.
"""

FAILS = ("the_very_module",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()

    def train(self, mode=True):
        super().train(False)

    def forward(self, x):
        return self.module(x)
