"""One number is put through dropout: what is not zero survives."""


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0.0 <= survival_prob <= 1.0:
            raise ValueError(f"survival_prob must be in [0, 1], got {survival_prob}")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if not self.training:
            return x.lerp(x + self.layer(x), self.survival_prob)
        coin = nn.functional.dropout(torch.ones(()), 1 - self.survival_prob, training=True)
        return x + self.layer(x) if coin else x + torch.zeros_like(x)
