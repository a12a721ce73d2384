"""Kept half of the time.

In training the layer is kept in half of the forward passes, whatever survival_prob is. Let survival_prob decide: a
uniform random number from `torch.rand` is below p with probability p.
"""

FAILS = ("survival_rate",)


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
        if torch.rand(()) < 0.5:
            return x + self.layer(x)
        return x
