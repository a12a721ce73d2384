"""The module inside an nn.Sequential inside the wrapper; the mode set by hand."""


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.body = nn.Sequential(nn.Identity(), module)
        self.body.requires_grad_(False).zero_grad(set_to_none=True)
        self.train(False)

    def train(self, mode=True):
        for layer in self.modules():
            layer.training = False
        return self

    def forward(self, *inputs):
        return self.body(*inputs)
