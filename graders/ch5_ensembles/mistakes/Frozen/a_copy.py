"""A copy frozen.

A copy of the module was frozen, and the module itself is unchanged. Whoever holds it can still train it.
"""

FAILS = ("the_very_module",)


import copy


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        module = self.module = copy.deepcopy(module)
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
