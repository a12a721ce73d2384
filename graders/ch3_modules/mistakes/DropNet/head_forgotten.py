"""The head is not called.

What comes back is what the blocks give: vectors of length `width`, and not one logit for each class. Call the head
last.
"""

FAILS = ("evaluation",)


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
        return self.blocks(self.stem(x))
