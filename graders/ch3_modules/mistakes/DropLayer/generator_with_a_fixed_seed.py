"""A generator with a fixed seed.

Each layer makes a generator of its own that starts from the same seed, so all layers are kept and dropped together,
in the same order in each run. Draw from torch's global generator.
Read: reproducibility · https://docs.pytorch.org/docs/stable/notes/randomness.html
"""

FAILS = ("independent_draws", "seed_decides")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob
        self.generator = torch.Generator().manual_seed(0)

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        number = torch.rand((), generator=self.generator)
        return x + self.layer(x) if number < self.survival_prob else x
