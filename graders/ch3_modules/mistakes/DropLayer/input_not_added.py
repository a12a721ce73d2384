"""The input is not added.

What is kept is layer(x) alone. A layer that can be left out has to be residual: it *adds* to its input, x +
layer(x), so that x remains when it is gone. Evaluation adds x too.
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
        if not self.training:
            return self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return self.layer(x)
        return x
