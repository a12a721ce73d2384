"""A dropout that never stops.

Something is dropped in evaluation, too. Most often the cause is the function F.dropout. It cannot know which mode the
network is in, so it drops at every call unless you pass training=self.training. The module nn.Dropout knows its mode.
Read: torch.nn.functional.dropout · https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
"""

FAILS = (
    "values",
    "no_dropout_in_evaluation",
)


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
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Linear(16 * w, num_classes),
        )

    def forward(self, x):
        x = torch.flatten(self.features(x), start_dim=1)
        return self.classifier(nn.functional.dropout(x, 0.5))
