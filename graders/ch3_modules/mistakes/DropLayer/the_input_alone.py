"""The input alone.

x comes back as it went in, in training and in evaluation: the layer is never used. Return x + layer(x) where the draw
keeps the layer, and x + survival_prob · layer(x) in evaluation.
"""

FAILS = ("training", "evaluation", "independent_draws", "survival_rate")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        return x
