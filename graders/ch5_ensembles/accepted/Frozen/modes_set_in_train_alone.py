"""All is done in train, which is called once when the wrapper is built."""


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        self.train()

    def train(self, mode=True):
        self.training = mode
        for parameter in self.module.parameters():
            parameter.requires_grad_(False).grad = None
        for layer in self.module.modules():
            layer.training = False
        return self

    def forward(self, x):
        return self.module(x)
