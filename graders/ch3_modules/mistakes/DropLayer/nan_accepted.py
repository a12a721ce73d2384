"""NaN accepted.

Comparisons with NaN are false, all of them. So NaN is neither below 0 nor above 1, and a check that asks for these two
lets it pass. It then drops the layer in every forward, and evaluation returns NaN. Ask whether the number is inside
[0, 1], and refuse it if it is not.
Read: math.nan · https://docs.python.org/3/library/math.html#math.nan
"""

FAILS = ("out_of_range",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if survival_prob < 0.0 or survival_prob > 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
