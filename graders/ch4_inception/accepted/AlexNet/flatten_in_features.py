"""Flattened at the end of the features; the parts made in a different order."""


class AlexNet(nn.Module):
    def __init__(self, num_classes=10, width=64):
        super().__init__()
        hidden = 4 * width * 2 * 2
        self.classifier = nn.Sequential()
        self.classifier.add_module("drop1", nn.Dropout(p=0.5))
        self.classifier.add_module("fc1", nn.Linear(hidden, hidden))
        self.classifier.add_module("relu1", nn.ReLU())
        self.classifier.add_module("drop2", nn.Dropout(p=0.5))
        self.classifier.add_module("fc2", nn.Linear(hidden, hidden))
        self.classifier.add_module("relu2", nn.ReLU())
        self.classifier.add_module("fc3", nn.Linear(hidden, num_classes))

        def conv(before, after, **options):
            return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, **options), nn.ReLU())

        self.features = nn.Sequential(
            conv(3, width, stride=2),
            nn.MaxPool2d(2),
            conv(width, 3 * width),
            nn.MaxPool2d(2),
            conv(3 * width, 6 * width),
            conv(6 * width, 4 * width),
            conv(4 * width, 4 * width),
            nn.MaxPool2d(2),
            nn.Flatten(start_dim=1),
        )

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x)
