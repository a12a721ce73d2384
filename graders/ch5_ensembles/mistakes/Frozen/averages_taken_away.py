"""Running averages removed.

Without its running averages batch norm uses the mean of each batch, in evaluation mode too. So the output is not that
of the module in evaluation mode, and depends on what else is in the batch. Evaluation mode is enough: it uses the
averages, and does not change them.
"""

FAILS = ("in_evaluation",)


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        module.requires_grad_(False)
        module.zero_grad()
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm1d):
                layer.running_mean = layer.running_var = None
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        return self.module(x)
