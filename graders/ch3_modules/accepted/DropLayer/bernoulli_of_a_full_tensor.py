"""torch.bernoulli of a tensor that holds the probability; the layer inside an nn.ModuleList."""


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not (0 <= survival_prob and survival_prob <= 1):
            raise ValueError("survival_prob out of range")
        self.inner = nn.ModuleList([layer])
        self.keep_probability = survival_prob

    def forward(self, x):
        factor = self.keep_probability
        if self.training:
            factor = torch.bernoulli(torch.full((), float(self.keep_probability))).item()
            if factor == 0:
                return x
        return x + factor * self.inner[0](x)
