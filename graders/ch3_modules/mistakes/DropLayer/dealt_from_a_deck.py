"""Dealt from a shuffled deck.

Ten choices with the right share of each are shuffled and then used up. Whoever knows nine knows the tenth, so they
are not independent. Draw a random number in each training forward.
"""

FAILS = ("independent_draws",)


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob
        self.deck = []

    def forward(self, x):
        if not self.training:
            return x + self.survival_prob * self.layer(x)
        if not self.deck:
            self.deck = (torch.randperm(10) < 10 * self.survival_prob).tolist()
        return x + self.layer(x) if self.deck.pop() else x
