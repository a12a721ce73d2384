"""Exactly half of the numbers dropped.

In each image exactly half of the numbers are dropped, in a random order. Dropout has a draw of its own for each number,
so the count varies from image to image, like the number of heads in tosses of a coin.
Read: nn.Dropout · https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

FAILS = ("dropout",)


class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        order = torch.rand_like(x).argsort(dim=1)
        return x * (order < x.shape[1] // 2) * 2


class AlexNet(nn.Module):
    def __init__(self, num_classes=10, width=64):
        super().__init__()
        w = width
        self.features = nn.Sequential(
            nn.Conv2d(3, w, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(w, 3 * w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(3 * w, 6 * w, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(6 * w, 4 * w, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(4 * w, 4 * w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            Drop(),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            Drop(),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Linear(16 * w, num_classes),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), start_dim=1))
