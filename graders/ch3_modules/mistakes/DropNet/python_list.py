"""Blocks in a Python list.

The blocks are kept in a plain list. A module does not register what is inside a list: the blocks' parameters are
not in `parameters()` and never learn, and neither `eval()` nor `.to(…)` reaches them. An `nn.ModuleList` is a list
that registers.
Read: torch.nn.ModuleList · https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
"""

FAILS = ("parts",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = [
            DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p) for p in survival_probabilities(depth, final)
        ]
        self.head = Linear(width, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)
