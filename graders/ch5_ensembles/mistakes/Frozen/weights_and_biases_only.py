"""Only what is called weight or bias.

A parameter with a different name still requires grad. parameters() gives them all, whatever they are called.
"""

FAILS = ("parameters",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for name, parameter in module.named_parameters():
            parameter.grad = None
            if name.endswith(("weight", "bias")):
                parameter.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
