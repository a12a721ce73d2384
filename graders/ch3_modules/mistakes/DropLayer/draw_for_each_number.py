"""A draw for each number.

Every number of the layer's output is dropped or kept by itself. That is dropout, a different idea. Stochastic depth
drops the layer as a whole, with one draw for the whole batch, and then does not call it at all.
"""

FAILS = ("one_draw_for_the_batch", "dropped_is_not_called")


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
        return x + self.layer(x) * (torch.rand_like(x) < self.survival_prob)
