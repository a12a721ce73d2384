"""The input is converted to float64.

A network works in the dtype of its parameters: float32 unless somebody changes it. An input that is converted to
another dtype does not match them. Leave it as it is.
"""

FAILS = ("floating_dtypes",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.ModuleList(
            DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p) for p in survival_probabilities(depth, final)
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        x = self.stem(x.double())
        for block in self.blocks:
            x = block(x)
        return self.head(x)
