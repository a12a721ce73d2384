"""Built by a helper, checked first, adaptive pooling."""


class VGG(nn.Module):
    def __init__(self, config, num_classes=10):
        super().__init__()
        ints = [entry for entry in config if type(entry) is int]
        if any(n <= 0 for n in ints):
            raise ValueError("every int of config must be positive")
        if any(type(entry) is not int and entry != "M" for entry in config):
            raise ValueError(f"unknown entry in config: {config}")
        if not ints:
            raise ValueError("no int in config")
        self.features = self.make_features(config)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(ints[-1], num_classes)

    @staticmethod
    def make_features(config):
        features, before = nn.Sequential(), 3
        for entry in config:
            if entry == "M":
                features.append(nn.MaxPool2d(kernel_size=2, stride=2))
                continue
            features.append(nn.Conv2d(before, entry, kernel_size=(3, 3), padding="same"))
            features.append(nn.ReLU(inplace=True))
            before = entry
        return features

    def forward(self, x):
        x = self.features(x)
        x = self.pool(x)
        return self.classifier(x.view(x.size(0), -1))
