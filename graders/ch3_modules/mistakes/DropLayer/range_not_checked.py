"""Any number accepted.

A survival_prob outside [0, 1] is accepted. A percentage such as 80, given by accident, would then mean: never drop.
Raise a ValueError in `__init__`, with the name survival_prob in its message. 0 and 1 themselves are legal.
"""

FAILS = ("out_of_range",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
