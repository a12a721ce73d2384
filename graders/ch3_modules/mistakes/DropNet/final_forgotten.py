"""final has no effect.

The last block survives with probability 0.5, whatever `final` is. Most often `survival_probabilities` is called without
it, and takes its own default. Pass it on.
"""

FAILS = ("evaluation", "survival_of_each_block")


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p) for p in survival_probabilities(depth)]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
