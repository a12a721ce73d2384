"""Channel counts that are floats.

A channel count is a float, such as 16.0, and nn.Conv2d wants an int. In Python `w / 2` is a float even where nothing is
left over. `w // 2` is an int.
Read: division in Python · https://docs.python.org/3/tutorial/introduction.html#numbers
"""

FAILS = ("values", "parts")


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10, width=32):
        super().__init__()
        if width <= 0 or width % 8 != 0:
            raise ValueError(f"width must be a positive multiple of 8, got {width}")
        w = width
        self.stem = ConvBlock(3, w, 3, padding=1)
        self.inception1 = Inception(w, w / 2, w / 2, w, w / 8, w / 4, w / 4)
        self.inception2 = Inception(2 * w, w, w, 2 * w, w / 4, w / 2, w / 2)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(4 * w, num_classes)

    def forward(self, x):
        x = self.pool(self.stem(x))
        x = self.pool(self.inception1(x))
        x = self.inception2(x)
        return self.head(x.mean(dim=(2, 3)))
