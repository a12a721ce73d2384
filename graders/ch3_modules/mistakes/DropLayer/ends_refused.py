"""0 and 1 refused.

survival_prob may be exactly 0 or exactly 1: with 1 the layer is an ordinary residual layer, with 0 it is never
used. Only numbers outside [0, 1] are refused. Look at the comparison: it should include the ends.
"""

FAILS = ("survival_rate", "out_of_range")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 < survival_prob < 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
