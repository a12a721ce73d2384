"""requires_grad_ of the whole module, zero_grad, any arguments."""


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        module.zero_grad(set_to_none=True)
        self.inner = module.requires_grad_(False)
        self.train()

    def train(self, mode=True):
        self.training = False
        self.inner.eval()
        return self

    def forward(self, *args, **kwargs):
        return self.inner(*args, **kwargs)
