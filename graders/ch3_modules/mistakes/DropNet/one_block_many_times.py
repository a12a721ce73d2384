"""One block, many times.

The same Linear is used in every block, so there are not `depth` layers but one, applied again and again, and all
blocks learn the same. Make a new Linear for each block: inside the loop, not before it.
"""

FAILS = ("parts", "evaluation")


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        layer = nn.Sequential(Linear(width, width), nn.ReLU())
        self.blocks = nn.Sequential(*[DropLayer(layer, p) for p in survival_probabilities(depth, final)])
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
