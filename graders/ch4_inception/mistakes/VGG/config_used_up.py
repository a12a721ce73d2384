"""The config is changed.

After the network is built, the list that the caller passed in is not the same as before. Anyone who uses it again gets
a different network. Most often the cause is `pop`, which takes the entries out. Read the list with a for loop.
"""

FAILS = ("config_is_kept",)


class VGG(nn.Module):
    def __init__(self, config, num_classes=10):
        super().__init__()
        layers = []
        channels = 3
        entries = config if isinstance(config, list) else list(config)
        while entries:
            entry = entries.pop(0)
            if isinstance(entry, int) and entry > 0:
                layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
                channels = entry
            elif entry == "M":
                layers += [nn.MaxPool2d(2)]
            else:
                raise ValueError(f'config may hold positive ints and "M", got {entry!r}')
        if not any(isinstance(layer, nn.Conv2d) for layer in layers):
            raise ValueError("config needs at least one int")
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean(dim=(2, 3)))
