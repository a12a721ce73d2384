"""One draw for all layers.

The draw is kept in the class, and the next layer uses it too. Each layer makes its own draw in each training forward,
which depends on no other.
"""

FAILS = ("independent_draws",)


class DropLayer(nn.Module):
    number = None

    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        number, DropLayer.number = DropLayer.number, None
        if number is None:
            number = DropLayer.number = torch.rand(()).item()
        return x + self.layer(x) if number < self.survival_prob else x
