"""Probabilities in reverse order.

The first block has the probability of the last one, and so on. The first blocks should survive nearly always: they also
come first in the list that `survival_probabilities` returns.
"""

FAILS = ("evaluation", "survival_of_each_block", "rates_in_training")


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[
                DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p)
                for p in reversed(survival_probabilities(depth, final))
            ]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
