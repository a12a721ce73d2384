"""Left out in evaluation.

In evaluation x comes back as it went in: the layer is never used. It is training that leaves layers out. In evaluation
all layers are there, and each adds survival_prob times its output.
"""

FAILS = ("evaluation",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
