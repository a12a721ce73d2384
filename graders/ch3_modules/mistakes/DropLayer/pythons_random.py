"""Not drawn by torch.

The draw does not come from torch's generator, so `torch.manual_seed` does not reach it, and a run cannot be repeated.
Most often it comes from Python's `random` or from numpy. Draw the number with torch.
Read: reproducibility · https://docs.pytorch.org/docs/stable/notes/randomness.html
"""

import random

FAILS = ("seed_decides",)


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
        if random.random() < self.survival_prob:
            return x + self.layer(x)
        return x
