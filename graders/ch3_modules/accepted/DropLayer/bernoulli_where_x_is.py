"""The draw is a Bernoulli number made on x's device; a dropped x comes back as a copy."""


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if self.training:
            keep = torch.empty(1, device=x.device).bernoulli_(self.survival_prob)
            return x + self.layer(x) if keep.item() == 1 else x.clone()
        return torch.add(x, self.layer(x), alpha=self.survival_prob)
