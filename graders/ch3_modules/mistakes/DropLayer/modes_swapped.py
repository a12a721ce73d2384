"""Training and evaluation swapped.

Training adds survival_prob times the layer, every time, and evaluation leaves it to chance. It is the other way round.
`self.training` is True in training: look at the condition.
"""

FAILS = ("training", "evaluation")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if self.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
