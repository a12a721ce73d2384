"""Drawn once and for all.

All forward passes of a module decide alike: the layer is always kept, or always dropped. Most often the draw is made in
`__init__`. It belongs in `forward`: each forward pass in training makes a new one.
"""

FAILS = ("training", "survival_rate")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob
        self.keep = bool(torch.rand(()) < survival_prob)

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        return x + self.layer(x) if self.keep else x
