"""An error that does not name the argument, and the poolings as functions."""

import torch.nn.functional as F


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10, width=32):
        super().__init__()
        if width % 8 or width < 8:
            raise ValueError("Not divisible by eight.")
        self.stem = ConvBlock(3, width, 3, padding=1)
        half, quarter, eighth = width // 2, width // 4, width // 8
        self.inception1 = Inception(width, half, half, width, eighth, quarter, quarter)
        self.inception2 = Inception(2 * width, width, width, 2 * width, quarter, half, half)
        self.head = nn.Linear(4 * width, num_classes)

    def forward(self, x):
        x = F.max_pool2d(self.stem(x), 2)
        x = F.max_pool2d(self.inception1(x), 2)
        return self.head(self.inception2(x).flatten(2).mean(-1))
