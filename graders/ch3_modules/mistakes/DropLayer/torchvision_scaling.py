"""Scaled in training, as torchvision does.

The layer is kept with the right probability, but what is kept is divided by survival_prob in training, and evaluation
adds it whole. This is the convention of `torchvision.ops.StochasticDepth` (and of dropout). Training and evaluation
then agree on average, but it is a different function. In the paper, training adds the layer as it is, and evaluation
multiplies by survival_prob.
Read: torchvision.ops.StochasticDepth · https://docs.pytorch.org/vision/stable/generated/torchvision.ops.StochasticDepth.html
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
        if not self.training:
            return x + self.layer(x)
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x) / self.survival_prob
        return x
