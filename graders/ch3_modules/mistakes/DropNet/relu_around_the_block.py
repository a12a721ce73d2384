"""ReLU after the block instead of inside it.

Each block adds what its Linear gives, and the ReLU comes after the sum, as in the paper. Here the ReLU belongs inside,
after the Linear: `DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p)`. Then what x carries along stays as it
is.
"""

FAILS = ("parts", "evaluation")


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[
                nn.Sequential(DropLayer(Linear(width, width), p), nn.ReLU())
                for p in survival_probabilities(depth, final)
            ]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
