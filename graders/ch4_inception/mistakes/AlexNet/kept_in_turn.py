"""Kept and dropped in turn.

Every other number is dropped, in a fixed rhythm that shifts by one at each call. That is half of them, but nothing is
random: the network sees two halves of itself, again and again. Dropout has a draw for each number.
Read: torch.rand_like · https://docs.pytorch.org/docs/stable/generated/torch.rand_like.html
"""

FAILS = ("dropout",)


class Drop(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        if not self.training:
            return x
        self.calls += 1
        numbers = torch.arange(x.numel(), device=x.device).reshape(x.shape)
        return x * ((numbers + numbers // x.shape[1] + self.calls) % 2) * 2


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
