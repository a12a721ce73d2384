"""No ReLU in the blocks.

The blocks hold a Linear alone. A sum of linear layers is a linear layer again, so the whole deep network could do
no more than one layer. Each block needs its ReLU after the Linear.
"""

FAILS = ("evaluation",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[DropLayer(nn.Sequential(Linear(width, width)), p) for p in survival_probabilities(depth, final)]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
