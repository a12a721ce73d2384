"""The module hidden.

The module is kept where PyTorch does not look: parameters(), to() and state_dict() do not reach it.
"""

FAILS = ("the_very_module",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.hidden = [module]
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        module.eval()

    def train(self, mode=True):
        self.hidden[0].eval()
        return super().train(False)

    def forward(self, x):
        return self.hidden[0](x)
