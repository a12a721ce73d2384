"""The blocks are not called.

The logits are those of the stem and the head alone, so all that lies between is never used, and never learns. Most
often `forward` leaves out the blocks, or throws away what they return: `block(x)` does not change x.
"""

FAILS = ("evaluation", "gradients")


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[
                DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p)
                for p in survival_probabilities(depth, final)
            ]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.stem(x))
