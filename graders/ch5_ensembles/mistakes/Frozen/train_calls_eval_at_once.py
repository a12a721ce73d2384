"""train() that calls itself at once.

`self.eval()` is nothing but `self.train(False)`. So a `train` that calls `self.eval()` calls itself, and does not come
to an end, even while the wrapper is made. Call `super().train(False)`, or switch the module alone:
`self.module.eval()`.
Read: Module.eval · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval
"""

FAILS = (
    "stays_in_evaluation",
    "in_evaluation",
    "parameters",
    "old_gradients",
)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()

    def train(self, mode=True):
        return self.eval()

    def forward(self, x):
        return self.module(x)
