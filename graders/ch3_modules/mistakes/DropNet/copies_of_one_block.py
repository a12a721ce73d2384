"""All blocks start with the same numbers.

The blocks have parameters of their own, but all start with the numbers of the first. Most often they are deep copies of
one block. Make a new Linear for each block: it draws its own.
Read: copy.deepcopy · https://docs.python.org/3/library/copy.html
"""

import copy

FAILS = ("parts",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        inner = nn.Sequential(Linear(width, width), nn.ReLU())
        self.blocks = nn.Sequential(*[DropLayer(copy.deepcopy(inner), p) for p in survival_probabilities(depth, final)])
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
