"""The layers chosen by a match statement, and errors that name no argument."""


class VGG(nn.Module):
    def __init__(self, config, num_classes=10):
        super().__init__()
        layers, channels = [], [3]
        for entry in config:
            match entry:
                case bool():
                    raise ValueError("A bool is not a layer.")
                case int() if entry > 0:
                    layers += [nn.Conv2d(channels[-1], entry, kernel_size=3, padding="same"), nn.ReLU()]
                    channels.append(entry)
                case "M":
                    layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
                case _:
                    raise ValueError
        if channels == [3]:
            raise ValueError("Nothing to learn here.")
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels[-1], num_classes)

    def forward(self, x):
        return self.classifier(nn.functional.adaptive_avg_pool2d(self.features(x), 1).flatten(1))
