"""The mode of the layer inside.

`self.layer.training` decides between training and evaluation. As a rule both modules are in the same mode; but a layer
that is frozen with `layer.eval()` would then never be dropped, though the network around it trains. Ask for the mode
of this module: `self.training`.
Read: Module.eval · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval
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
        if not self.layer.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
