"""A torch.distributions.Bernoulli draws; the probability is kept in a buffer."""


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.block = layer
        self.register_buffer("probability", torch.tensor(float(survival_prob)))

    def forward(self, x):
        if not self.training:
            return x + self.probability.to(x.dtype) * self.block(x)
        kept = torch.distributions.Bernoulli(probs=self.probability).sample()
        if bool(kept):
            x = x + self.block(x)
        return x
