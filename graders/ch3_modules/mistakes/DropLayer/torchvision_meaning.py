"""p as torchvision means it.

This is what `torchvision.ops.StochasticDepth` does: its p is the probability of *dropping* the layer, what is kept is
divided by the survival probability in training, and evaluation adds the layer whole. `DropLayer` follows the paper
instead: survival_prob is the probability of *keeping* the layer, training adds it as it is, and it is evaluation that
multiplies by survival_prob.
Read: torchvision.ops.StochasticDepth · https://docs.pytorch.org/vision/stable/generated/torchvision.ops.StochasticDepth.html
"""

FAILS = ("training", "evaluation", "survival_rate")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        y = self.layer(x)
        if not self.training:
            return x + y
        survival = 1.0 - self.survival_prob
        noise = torch.empty((), dtype=y.dtype, device=y.device).bernoulli_(survival)
        if survival > 0.0:
            noise = noise / survival
        return x + y * noise
