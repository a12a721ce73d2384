"""Flattened inside the classifier, ReLUs in place."""


class AlexNet(nn.Module):
    def __init__(self, num_classes=10, width=64):
        super().__init__()
        sizes = [(3, width, 2, True), (width, 3 * width, 1, True), (3 * width, 6 * width, 1, False)]
        sizes += [(6 * width, 4 * width, 1, False), (4 * width, 4 * width, 1, True)]
        layers = []
        for before, after, stride, pooled in sizes:
            layers += [nn.Conv2d(before, after, kernel_size=3, stride=stride, padding=1), nn.ReLU(inplace=True)]
            if pooled:
                layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.features = nn.Sequential(*layers)
        n = 16 * width
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(),
            nn.Linear(n, n),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(n, n),
            nn.ReLU(inplace=True),
            nn.Linear(n, num_classes),
        )

    def forward(self, x):
        return self.classifier(self.features(x))
