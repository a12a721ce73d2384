"""train() that calls itself.

`self.eval()` is nothing but `self.train(False)`. So a `train` that calls `self.eval()` calls itself, and does not come
to an end. Call `super().train(False)`, or switch the module alone: `self.module.eval()`.
Read: Module.eval · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval
"""

FAILS = (
    "stays_in_evaluation",
    "in_evaluation",
)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module.eval()
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None

    def train(self, mode=True):
        return self.eval()

    def forward(self, x):
        return self.module(x)
