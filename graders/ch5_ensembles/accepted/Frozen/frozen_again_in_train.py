"""The wrapper's own flag follows train(); the module is frozen again each time."""


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        self._freeze()

    def _freeze(self):
        self.module.eval()
        for parameter in self.module.parameters():
            parameter.requires_grad = False
            parameter.grad = None

    def train(self, mode=True):
        super().train(mode)
        self._freeze()
        return self

    def forward(self, x):
        return self.module(x)
