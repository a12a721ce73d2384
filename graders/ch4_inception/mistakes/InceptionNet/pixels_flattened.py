"""Pixels that are flattened, not averaged.

The head gets all the pixels of all the channels, and expects one number per channel. Take the mean over height and
width first: that is the global average pool.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("values", "any_size")


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10, width=32):
        super().__init__()
        if width <= 0 or width % 8 != 0:
            raise ValueError(f"width must be a positive multiple of 8, got {width}")
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
        return self.head(torch.flatten(x, start_dim=1))
