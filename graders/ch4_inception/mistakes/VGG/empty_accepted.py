"""A config without any int accepted.

A config without any int makes a network without any convolution. Say with a ValueError that config needs one.
"""

FAILS = ("config_is_checked",)


class VGG(nn.Module):
    def __init__(self, config, num_classes=10):
        super().__init__()
        layers = []
        channels = 3
        for entry in config:
            if isinstance(entry, int) and entry > 0:
                layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
                channels = entry
            elif entry == "M":
                layers += [nn.MaxPool2d(2)]
            else:
                raise ValueError(f'config may hold positive ints and "M", got {entry!r}')
        pass
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean(dim=(2, 3)))
