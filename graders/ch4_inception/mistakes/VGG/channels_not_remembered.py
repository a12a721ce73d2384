"""A convolution takes the wrong number of channels.

The second convolution does not fit the first: it expects 3 channels. What goes into a convolution is what came out
last.
"""

FAILS = (
    "values",
    "parts",
)


class VGG(nn.Module):
    def __init__(self, config, num_classes=10):
        super().__init__()
        layers = []
        channels = 3
        for entry in config:
            if isinstance(entry, int) and entry > 0:
                layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
                last = entry
            elif entry == "M":
                layers += [nn.MaxPool2d(2)]
            else:
                raise ValueError(f'config may hold positive ints and "M", got {entry!r}')
        if channels == 3 and not any(isinstance(layer, nn.Conv2d) for layer in layers):
            raise ValueError(f"config needs at least one int, got {config!r}")
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(last, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean(dim=(2, 3)))
