"""Zeros instead of logits.

The logits are zeros, whatever the image is. Pass x from the stem to the head, row by row of the table.
"""

FAILS = ("values", "any_size", "training", "gradients")


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10, width=32):
        super().__init__()
        if width <= 0 or width % 8 != 0:
            raise ValueError(f"width must be a positive multiple of 8, got {width}")
        w = width
        self.stem = ConvBlock(3, w, 3, padding=1)
        self.inception1 = Inception(w, w // 2, w // 2, w, w // 8, w // 4, w // 4)
        self.inception2 = Inception(2 * w, w, w, 2 * w, w // 4, w // 2, w // 2)
        self.head = nn.Linear(4 * w, num_classes)

    def forward(self, x):
        return x.new_zeros(len(x), self.head.out_features)
