"""Width not checked.

A width that is not a positive multiple of 8 raises no error. The counts are divided by 8 with rounding, so a different
network from the one asked for is silently built.
"""

FAILS = ("width_is_checked",)


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10, width=32):
        super().__init__()
        pass
        w = width
        self.stem = ConvBlock(3, w, 3, padding=1)
        self.inception1 = Inception(w, w // 2, w // 2, w, w // 8, w // 4, w // 4)
        self.inception2 = Inception(2 * w, w, w, 2 * w, w // 4, w // 2, w // 2)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(4 * w, num_classes)

    def forward(self, x):
        x = self.pool(self.stem(x))
        x = self.pool(self.inception1(x))
        x = self.inception2(x)
        return self.head(x.mean(dim=(2, 3)))
