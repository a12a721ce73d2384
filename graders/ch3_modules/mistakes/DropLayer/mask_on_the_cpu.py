"""Mask made on the CPU.

The draw is a tensor on the CPU, and it is multiplied by what the layer returns on another device. Without a GPU that
goes unnoticed; on a GPU it is an error. Make the draw on x's device, or take the number out with `.item()`.
Read: torch.bernoulli · https://docs.pytorch.org/docs/stable/generated/torch.bernoulli.html
"""

FAILS = ("placement",)


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
        keep = torch.bernoulli(torch.tensor([self.survival_prob])).to(x.dtype)
        return x + keep * self.layer(x) if keep else x
