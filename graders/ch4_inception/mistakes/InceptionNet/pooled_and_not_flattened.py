"""Height and width left over.

After the global pooling the tensor has the shape (N, 4w, 1, 1): each channel is one number, but height and width are
still there. nn.Linear works on the last dimension. Flatten from dimension 1 on, or take the mean over the dimensions 2
and 3.
Read: torch.flatten · https://docs.pytorch.org/docs/stable/generated/torch.flatten.html
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
        return self.head(x.mean(dim=(2, 3), keepdim=True))
