"""One draw for a whole image.

The units of an image are dropped all together or not at all. Dropout has a draw for each number.
Read: nn.Dropout · https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

FAILS = ("dropout",)


class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand(len(x), 1, dtype=x.dtype, device=x.device) < 0.5) * 2


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
