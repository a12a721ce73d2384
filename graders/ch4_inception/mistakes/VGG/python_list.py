"""Layers that are not registered.

The layers of features are missing from parameters(), so they never learn. Most often features is a Python list, which
PyTorch does not look into. Make an nn.Sequential of it.
Read: nn.Sequential · https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html
"""

FAILS = ("parts",)


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
        if channels == 3 and not any(isinstance(layer, nn.Conv2d) for layer in layers):
            raise ValueError(f"config needs at least one int, got {config!r}")
        self.features = layers
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x):
        return self.classifier(self._run(x).mean(dim=(2, 3)))

    def _run(self, x):
        for layer in self.features:
            x = layer(x)
        return x
