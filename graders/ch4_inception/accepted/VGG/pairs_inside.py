"""A Sequential of Sequentials, built with a match statement."""


class VGG(nn.Module):
    def __init__(self, config, num_classes=10):
        super().__init__()
        channels, steps, found = 3, [], False
        for entry in config:
            match entry:
                case "M":
                    steps.append(nn.MaxPool2d(2))
                case int() if entry > 0:
                    steps.append(nn.Sequential(nn.Conv2d(channels, entry, 3, 1, 1), nn.ReLU()))
                    channels, found = entry, True
                case _:
                    raise ValueError(f"config: {entry!r} is not a layer")
        if not found:
            raise ValueError("config: no convolution")
        self.features, self.classifier = nn.Sequential(*steps), nn.Linear(channels, num_classes)

    def forward(self, x):
        return self.classifier(nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))[:, :, 0, 0])
