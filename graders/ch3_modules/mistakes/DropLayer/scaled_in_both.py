"""Scaled twice.

Training divides by survival_prob, as `torchvision.ops.StochasticDepth` does, and evaluation multiplies by it, as
the paper does. One of the two is enough to make training and evaluation agree on average; with both they disagree
again. The paper leaves training as it is.
Read: torchvision.ops.StochasticDepth · https://docs.pytorch.org/vision/stable/generated/torchvision.ops.StochasticDepth.html
"""

FAILS = ("training",)


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
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x) / self.survival_prob
        return x
