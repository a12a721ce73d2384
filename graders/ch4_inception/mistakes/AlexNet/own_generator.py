"""Draws that torch.manual_seed does not reach.

After the same `torch.manual_seed` other numbers are dropped, so a run cannot be repeated. Most often the masks come
from a generator of their own. Draw them from torch's global generator, as nn.Dropout does.
Read: torch.manual_seed · https://docs.pytorch.org/docs/stable/generated/torch.manual_seed.html
"""

FAILS = ("dropout", "gradients")


class Drop(nn.Module):
    def __init__(self, seed):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def forward(self, x):
        if not self.training:
            return x
        mask = torch.rand(x.shape, generator=self.generator) < 0.5
        return x * mask.to(x.device) * 2


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
            Drop(num_classes),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            Drop(num_classes + 1),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Linear(16 * w, num_classes),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), start_dim=1))
