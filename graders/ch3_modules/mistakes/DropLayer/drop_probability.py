"""Drops where it should keep.

The layer is *dropped* with probability survival_prob, and kept otherwise. The argument is the probability of survival.
(The p of `torchvision.ops.StochasticDepth` is the probability of being dropped; the two are easily mixed up.) Look at
the comparison with the random number.
Read: torchvision.ops.StochasticDepth · https://docs.pytorch.org/vision/stable/generated/torchvision.ops.StochasticDepth.html
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
        if torch.rand(()) >= self.survival_prob:
            return x + self.layer(x)
        return x
