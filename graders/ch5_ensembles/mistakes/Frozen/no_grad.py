"""The graph cut.

Nothing before the frozen module learns any more: torch.no_grad() or detach() in forward cuts the graph. Frozen
means that the module's own parameters get no gradients. Those before it still need theirs.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("gradients_flow_through",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        with torch.no_grad():
            return self.module(x)
