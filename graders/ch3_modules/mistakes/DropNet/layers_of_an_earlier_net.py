"""Layers of an earlier net.

A net that is made later has the Linear layers of the one before: both train the same ones. Most often they are kept on
the class, or in a global variable. Make new layers in `__init__`.
Read: class and instance variables · https://docs.python.org/3/tutorial/classes.html#class-and-instance-variables
"""

FAILS = ("parts",)


class DropNet(nn.Module):
    kept = {}

    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential()
        for place, p in enumerate(survival_probabilities(depth, final)):
            linear = self.kept.setdefault((place, width), Linear(width, width))
            self.blocks.append(DropLayer(nn.Sequential(linear, nn.ReLU()), p))
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
