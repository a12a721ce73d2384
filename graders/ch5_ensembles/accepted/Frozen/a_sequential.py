"""A Sequential whose train does nothing."""


class Frozen(nn.Sequential):
    def __init__(self, module):
        super().__init__(module)
        for p in self.parameters():
            p.grad = None
            p.requires_grad = False
        for m in self.modules():
            m.training = False

    def train(self, mode=True):
        return self
