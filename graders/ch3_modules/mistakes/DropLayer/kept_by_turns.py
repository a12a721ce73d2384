"""Kept or dropped by turns.

A draw decides only how it starts; then the layer is kept and dropped by turns. Each training forward makes a draw of
its own.
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
        self.keep = bool(torch.rand(()) < self.survival_prob) if self.keep is None else not self.keep
        return x + self.layer(x) if self.keep else x
