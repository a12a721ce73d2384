"""A normal random number decides.

The layer is kept as often as a normal random number, which `torch.randn` draws, is below survival_prob. With a
probability of 0 that is still half of the time, and with 1 it is not always. A uniform number between 0 and 1 is below
p with probability p: `torch.rand` draws that.
Read: torch.rand · https://docs.pytorch.org/docs/stable/generated/torch.rand.html
"""

FAILS = ("survival_rate",)


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
        if torch.randn(()) < self.survival_prob:
            return x + self.layer(x)
        return x
