"""The input scaled as well.

In evaluation the sum, x and all, is multiplied by survival_prob. Only the layer was ever dropped, so only the layer is
scaled. The input always passes whole; with many layers in a row, a factor on it would make it fade away. Look at where
the brackets are.
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
            return self.survival_prob * (x + self.layer(x))
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
