"""A tensor made on the CPU.

A tensor for the hidden values is created without a device, so it is on the CPU while the input is not.
"""

FAILS = ("placement",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.ModuleList(
            DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p) for p in survival_probabilities(depth, final)
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        x = torch.zeros(len(x), len(self.stem.weight), dtype=x.dtype) + self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)
