"""Whole layer in evaluation.

Evaluation adds the layer whole. In training it was there only part of the time, so what follows has learnt to
expect survival_prob times as much of it on average. Evaluation multiplies the layer's output by survival_prob.
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
            return x + self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
