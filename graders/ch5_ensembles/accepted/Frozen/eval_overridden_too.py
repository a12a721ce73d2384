"""train and eval both overridden, and evaluation mode ensured in forward."""


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.add_module("body", module)
        for parameter in self.body.parameters():
            parameter.requires_grad, parameter.grad = False, None
        nn.Module.train(self, False)

    def train(self, mode=True):
        if self.training or any(m.training for m in self.modules()):
            nn.Module.train(self, False)
        return self

    def eval(self):
        return self.train(False)

    def forward(self, x):
        self.train(False)
        return self.body.forward(x)
