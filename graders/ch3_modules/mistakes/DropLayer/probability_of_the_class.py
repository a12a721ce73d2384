"""One probability for all.

All DropLayers have the probability of the one that was made last. Most often it is kept on the class, or in a global
variable. Each has its own: assign it to `self`.
Read: class and instance variables · https://docs.python.org/3/tutorial/classes.html#class-and-instance-variables
"""

FAILS = ("evaluation",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        DropLayer.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
