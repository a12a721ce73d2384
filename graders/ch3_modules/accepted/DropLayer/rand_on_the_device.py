"""rand(1) on x's device, a different name for the layer, and any number that is not a probability refused."""

import math


class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if math.isnan(survival_prob) or survival_prob < 0 or survival_prob > 1:
            raise ValueError("survival_prob has to lie between 0 and 1")
        self.f = layer
        self.p = float(survival_prob)

    def forward(self, x):
        if self.training:
            if torch.rand(1, device=x.device).item() >= self.p:
                return x
            return x + self.f(x)
        return x + self.f(x) * self.p
