"""The stem is cut from the graph.

The values are right, but the graph is cut after the stem, so it gets no gradient and never learns.
"""

FAILS = ("gradients",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.ModuleList(
            DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p) for p in survival_probabilities(depth, final)
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        x = self.stem(x).detach()
        for block in self.blocks:
            x = block(x)
        return self.head(x)
