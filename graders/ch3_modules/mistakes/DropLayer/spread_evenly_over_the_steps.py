"""Spread evenly over the steps.

A counter keeps the layer whenever the expected number of uses reaches the next integer. The rate is exact, but the
steps are known beforehand. Draw a random number in each training forward.
"""

FAILS = ("independent_draws", "seed_decides")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob
        self.expected = 0.0

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        before = int(self.expected)
        self.expected += self.survival_prob
        return x + self.layer(x) if int(self.expected) > before else x
