"""Scaled by the wrong probability.

Evaluation multiplies the layer by 1 − survival_prob, which is the probability that it is dropped. What it adds on
average in training is survival_prob of it.
"""

FAILS = ("evaluation",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + (1 - self.survival_prob) * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
