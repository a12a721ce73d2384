"""Blocks that are never dropped.

The blocks are plain Sequentials, not DropLayers. They replace their input instead of adding to it, and none of them
is ever left out. Wrap each one in a DropLayer with its survival probability.
"""

FAILS = ("parts",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[nn.Sequential(Linear(width, width), nn.ReLU()) for p in survival_probabilities(depth, final)]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
