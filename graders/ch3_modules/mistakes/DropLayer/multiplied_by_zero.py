"""Computed, then multiplied by zero.

The numbers come out right, but the layer is computed even when it is dropped. Skipping that work is the point of
stochastic depth. Calling a layer can also have side effects: a batch norm inside would update its running mean. Let an
`if` decide whether the layer is called.
"""

FAILS = ("dropped_is_not_called",)


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
        keep = (torch.rand((), device=x.device) < self.survival_prob).to(x.dtype)
        return x + keep * self.layer(x)
