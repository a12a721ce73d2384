"""Dropout of the layer's output.

Single numbers of the layer's output are dropped in training, and those that are kept are divided by survival_prob;
evaluation adds the output whole. That is what `nn.Dropout` does, a different idea. Stochastic depth drops the layer as
a whole, with one draw for the whole batch, and multiplies in evaluation.
Read: torch.nn.Dropout · https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

FAILS = ("training", "evaluation", "one_draw_for_the_batch")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        return x + nn.functional.dropout(self.layer(x), 1 - self.survival_prob, self.training)
