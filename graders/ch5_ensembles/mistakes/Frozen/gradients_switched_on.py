"""forward switches gradients on.

Gradients flow through a frozen module by themselves, where the caller has not switched them off. Who has, with
`torch.no_grad()`, finds them on after your forward. Leave the switch alone.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("in_evaluation",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        module.eval()

    def train(self, mode=True):
        super().train(mode)
        self.module.eval()
        return self

    def forward(self, x):
        torch.set_grad_enabled(True)
        return self.module(x)
