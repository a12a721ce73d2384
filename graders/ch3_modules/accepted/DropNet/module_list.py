"""A ModuleList, filled in a loop, with the formula written out."""


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.ModuleList()
        for l in range(1, depth + 1):
            self.blocks.append(DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), 1 - l / depth * (1 - final)))
        self.head = Linear(width, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)
