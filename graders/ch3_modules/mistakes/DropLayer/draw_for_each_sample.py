"""A draw for each sample.

Every sample of the batch has a draw of its own, so the layer must be computed for all of them, kept or not. That
saves no time. In the paper one draw decides for the whole batch, and a dropped layer is not called at all.
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
        keep = torch.rand((len(x),) + (1,) * (x.dim() - 1), dtype=x.dtype, device=x.device) < self.survival_prob
        return x + self.layer(x) * keep
