"""Last block missing.

There are depth − 1 blocks. Perhaps the stem or the head was counted as one of them; they are not blocks. There are
`depth` blocks between the two, and the last of them survives with probability `final`.
"""

FAILS = ("parts",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[
                DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p)
                for p in survival_probabilities(depth, final)[:-1]
            ]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
