"""One mask for both dropouts.

The second dropout uses the mask of the first one again: where a feature is dropped, the unit of the same number is,
too. Each of the two dropouts draws for itself.
Read: nn.Dropout · https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

FAILS = ("dropout",)


class Drop(nn.Module):
    def __init__(self, first=None):
        super().__init__()
        self.first = [first]

    def forward(self, x):
        if not self.training:
            return x
        first = self.first[0]
        self.mask = first.mask if first is not None else torch.rand_like(x) < 0.5
        return x * self.mask * 2


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
        first = Drop()
        self.classifier = nn.Sequential(
            first,
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            Drop(first),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Linear(16 * w, num_classes),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), start_dim=1))
