"""ReLU before the Linear.

Inside the blocks, the ReLU comes first and the Linear second. Here the order is Linear, then ReLU. What a block
adds is then never negative.
"""

FAILS = ("evaluation",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[
                DropLayer(nn.Sequential(nn.ReLU(), Linear(width, width)), p)
                for p in survival_probabilities(depth, final)
            ]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
