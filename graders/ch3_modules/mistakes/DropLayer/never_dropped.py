"""Never dropped.

The layer is always used in training, as in an ordinary residual layer. Draw a random number there, and return x where
it leaves the layer out.
"""

FAILS = ("training", "dropped_is_not_called", "independent_draws", "survival_rate")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        return x + (1.0 if self.training else self.survival_prob) * self.layer(x)
