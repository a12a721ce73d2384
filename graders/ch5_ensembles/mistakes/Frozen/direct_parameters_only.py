"""Only the outermost parameters.

Parameters deeper inside still require grad. parameters(recurse=False), or a look at the direct children, does not
go all the way down.
"""

FAILS = ("parameters",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
