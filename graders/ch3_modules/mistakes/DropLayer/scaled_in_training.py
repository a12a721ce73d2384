"""Scaled in training too.

In training, a layer that is kept is multiplied by survival_prob, as in evaluation. But the draw already takes the layer
away in the other forward passes. On average this adds survival_prob² of the layer, so training and evaluation no longer
agree. In training, add what is kept as it is.
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
        if self.training and torch.rand(()) >= self.survival_prob:
            return x
        return x + self.survival_prob * self.layer(x)
