"""A ValueError without a message; the mode is looked at once, the draw is made before it."""


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if min(max(survival_prob, 0), 1) != survival_prob:
            raise ValueError
        self.layer, self.survival_prob = layer, survival_prob

    def forward(self, x):
        factor = torch.rand(1).item() < self.survival_prob
        if not self.training:
            factor = self.survival_prob
        return x + factor * self.layer(x) if factor or not self.training else x
