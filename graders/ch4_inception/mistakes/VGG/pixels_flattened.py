"""Pixels that are flattened, not averaged.

The classifier gets all the pixels of all the channels, and expects one number per channel. Take the mean over height
and width first: that is the global average pool.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("values",)


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
        if not any(isinstance(layer, nn.Conv2d) for layer in layers):
            raise ValueError(f"config needs at least one int, got {config!r}")
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))
