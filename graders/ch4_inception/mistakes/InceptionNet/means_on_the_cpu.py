"""Means on the CPU.

The mean of each channel is written into a tensor on the CPU, and the head is on another device. Use the tensor that
`mean` returns.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("placement",)


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

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.stem(x))
        x = self.pool(self.inception1(x))
        x = self.inception2(x)
        means = torch.empty(x.shape[:2], dtype=x.dtype)
        means[:] = x.mean(dim=(2, 3))
        return self.head(means)
