"""ReLU after the stem.

The stem's output goes through a ReLU before the blocks. The network of this chapter has nothing there: negative
numbers pass on, and the blocks add to them. The ReLUs are inside the blocks.
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
        return self.head(self.blocks(torch.relu(self.stem(x))))
