"""ReLU before the head.

What comes out of the blocks goes through a ReLU before the head. Nothing belongs in between here: the ReLUs are inside
the blocks, and what x carries along may well be negative.
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
        return self.head(torch.relu(self.blocks(self.stem(x))))
