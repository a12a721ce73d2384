"""Random in evaluation.

The layer is dropped at random in evaluation too. So the same input gives different outputs, and a part of the network
is missing each time. Evaluation leaves nothing to chance. A module knows its mode from `self.training`, which `train()`
and `eval()` set.
Read: Module.train · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
"""

FAILS = ("evaluation",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if torch.rand(()) < self.survival_prob:
            return x + self.layer(x)
        return x
