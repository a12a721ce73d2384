"""Gradient cut.

No gradient reaches the layer's parameters, so it never learns. Nor does x get the part of its gradient that passes
through the layer. Most often the layer runs under `torch.no_grad()`, or its output is detached. The draw needs no
gradient; the layer does.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("gradients",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        with torch.no_grad():
            if not self.training:
                change = self.survival_prob * self.layer(x)
            elif torch.rand(()) < self.survival_prob:
                change = self.layer(x)
            else:
                return x
        return x + change
