"""The same units dropped in each image.

One mask is drawn for a batch, and all its images lose the same units. Dropout has a draw of its own for each number of
each image.
Read: torch.rand_like · https://docs.pytorch.org/docs/stable/generated/torch.rand_like.html
"""

FAILS = ("dropout",)


class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x[:1]) < 0.5) * 2


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
