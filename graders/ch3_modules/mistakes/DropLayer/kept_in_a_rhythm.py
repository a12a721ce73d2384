"""Kept in a fixed rhythm.

The layer is kept twice, then dropped twice, and so on. The rate can be right, but nothing is left to chance: the same
layers are always left out together. Draw a random number in each training forward.
"""

FAILS = ("independent_draws", "seed_decides")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob
        self.steps = 0

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        self.steps = (self.steps + 1) % 4
        return x + self.layer(x) if self.steps < 4 * self.survival_prob else x
