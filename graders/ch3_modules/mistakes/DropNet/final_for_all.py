"""The same probability for all blocks.

Every block survives with probability `final`. The probability should fall from block to block, as
`survival_probabilities` says, and only the last block has `final`.
"""

FAILS = ("evaluation", "survival_of_each_block", "rates_in_training")


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p) for p in [final] * depth]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
