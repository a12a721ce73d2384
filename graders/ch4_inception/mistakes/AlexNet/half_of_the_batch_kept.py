"""Exactly half of the batch dropped.

A mask with as many ones as zeros is shuffled over the whole batch. The number that is kept never varies, so what is
dropped in one image is kept in another. Dropout has a draw of its own for each number.
Read: nn.Dropout · https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

FAILS = ("dropout",)


class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        order = torch.randperm(x.numel(), device=x.device).reshape(x.shape)
        return x * (order % 2) * 2


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
