"""The layer is not registered.

The layer is invisible to the module: its parameters are not in `parameters()` and never learn, and `eval()` does not
reach it. Most often it is kept in a plain list or dict. A module registers what is assigned to an attribute directly:
assign the layer itself.
Read: torch.nn.Module · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

FAILS = ("layer_is_a_part",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layers = [layer]
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layers[0](x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layers[0](x)
        return x
