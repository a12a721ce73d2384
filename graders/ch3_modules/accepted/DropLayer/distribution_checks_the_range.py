"""A torch.distributions.Bernoulli is made in __init__: it raises the ValueError, with a message of its own."""

from torch.distributions import Bernoulli


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        self.coin = Bernoulli(probs=survival_prob, validate_args=True)
        self.survival_prob = survival_prob
        self.layer = layer

    def forward(self, x):
        if self.training and not self.coin.sample():
            return x
        y = self.layer(x)
        return x + (y if self.training else self.survival_prob * y)
