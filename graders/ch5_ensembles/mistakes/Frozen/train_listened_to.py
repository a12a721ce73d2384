"""Listens to train().

The module is in evaluation mode at first. But when train() is called on the wrapper, or on a network around it, it
goes back to training mode: dropout drops, and batch norm moves. Override train.
Read: Module.train · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
"""

FAILS = ("stays_in_evaluation", "in_evaluation")


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()

    def forward(self, x):
        return self.module(x)
