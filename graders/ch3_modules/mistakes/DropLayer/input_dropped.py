"""The input dropped as well.

When the layer is dropped, zeros come out. Everything the network has computed so far is lost. What is left out is
the layer alone: its input goes on unchanged. That is why the layer adds to its input in the first place.
"""

FAILS = ("training",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return torch.zeros_like(x)
