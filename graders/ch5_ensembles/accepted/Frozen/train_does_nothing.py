"""train returns self and does nothing else; the wrapper's own flag stays as nn.Module sets it."""


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module.eval()
        for parameter in self.module.parameters():
            parameter.requires_grad = False
            parameter.grad = None

    def train(self, mode=True):
        return self

    def forward(self, x):
        return self.module(x)
