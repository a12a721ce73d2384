"""A copy of the layer.

What is registered is a copy of the layer. An optimizer then moves the copy, and the layer that was passed in, which
others may share or look at, stays as it is. Keep the layer itself.
Read: copy.deepcopy · https://docs.python.org/3/library/copy.html
"""

import copy

FAILS = ("layer_is_a_part",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = copy.deepcopy(layer)
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
