"""Decided by the input.

The choice is computed from the numbers of x. It differs from batch to batch, but for the same batch it never changes.
Draw a random number in each training forward, whatever x is.
"""

FAILS = ("independent_draws", "seed_decides")


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
        fraction = (1000 * x.double().abs().sum()).item() % 1
        return x + self.layer(x) if fraction < self.survival_prob else x
