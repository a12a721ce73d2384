"""In evaluation mode, but still learning.

The parameters still require grad. eval() changes what dropout and batch norm do; it does not stop learning. Nor does
`module.requires_grad = False`, which only sets an attribute: `module.requires_grad_(False)`, with an underscore,
reaches every parameter.
Read: Module.eval · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval
"""

FAILS = ("parameters",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.grad = None
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
