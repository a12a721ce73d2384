"""The parts made in a different order, the probabilities kept, the forward in steps."""


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.head = Linear(in_features=width, out_features=num_classes)
        self.probabilities = survival_probabilities(depth=depth, final=final)
        self.blocks = nn.ModuleList([DropLayer(self._inner(width), p) for p in self.probabilities])
        self.stem = Linear(in_features=in_features, out_features=width)

    @staticmethod
    def _inner(width):
        return nn.Sequential(Linear(width, width), nn.ReLU())

    def forward(self, x):
        hidden = self.stem(x)
        for block in self.blocks:
            hidden = block(hidden)
        logits = self.head(hidden)
        return logits
