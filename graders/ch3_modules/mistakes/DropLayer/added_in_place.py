"""Added in place.

`x += …` writes the sum into the tensor that the caller passed in. Anything that still needs it, such as the backward
pass of an earlier layer, finds other numbers there. An x that is a leaf and requires grad even raises an error. Make a
new tensor: x + layer(x).
Read: in-place operations and autograd · https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

FAILS = ("any_layer", "gradients")


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            x += self.survival_prob * self.layer(x)
        elif torch.rand(()) < self.survival_prob:
            x += self.layer(x)
        return x
