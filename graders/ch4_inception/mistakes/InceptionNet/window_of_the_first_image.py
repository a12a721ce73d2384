"""The window of the first image.

The last pooling is made at the first call, with a window of that image's size, and is kept. A later image of another
size is not averaged as a whole. Take the mean over height and width at each call.
"""

FAILS = ("any_size",)


class InceptionNet(nn.Module):
    def __init__(self, num_classes: int = 10, width: int = 32) -> None:
        super().__init__()
        if width <= 0 or width % 8 != 0:
            raise ValueError(f"width must be a positive multiple of 8, got {width}")
        w = width
        self.stem = ConvBlock(3, w, 3, padding=1)
        self.inception1 = Inception(w, w // 2, w // 2, w, w // 8, w // 4, w // 4)
        self.inception2 = Inception(2 * w, w, w, 2 * w, w // 4, w // 2, w // 2)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(4 * w, num_classes)
        self.last_pool = None

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.stem(x))
        x = self.pool(self.inception1(x))
        x = self.inception2(x)
        if self.last_pool is None:
            self.last_pool = nn.AvgPool2d(tuple(x.shape[2:]), stride=1)
        return self.head(self.last_pool(x)[:, :, 0, 0])
