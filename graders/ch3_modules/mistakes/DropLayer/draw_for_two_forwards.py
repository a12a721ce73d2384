"""One draw for two forward passes.

A draw is made in every second forward only, and the one in between uses it again. Each forward in training makes a
draw of its own, which depends on no other.
"""

FAILS = ("independent_draws",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob
        self.keep = None

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        used, self.keep = self.keep, None
        if used is None:
            used = self.keep = bool(torch.rand(()) < self.survival_prob)
        return x + self.layer(x) if used else x
