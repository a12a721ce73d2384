"""A divisor on the CPU.

The sum over the pixels is divided by a tensor on the CPU, while the sum is on another device. A Python number has no
device; `mean` needs neither.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = ("placement",)


class VGG(nn.Module):
    def __init__(self, config: Sequence[int | str], num_classes: int = 10) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for entry in config:
            if isinstance(entry, int) and not isinstance(entry, bool) and entry > 0:
                layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
                channels = entry
            elif isinstance(entry, str) and entry == "M":
                layers += [nn.MaxPool2d(2)]
            else:
                raise ValueError(f'config may hold positive ints and "M", got {entry!r}')
        if not any(isinstance(layer, nn.Conv2d) for layer in layers):
            raise ValueError(f"config needs at least one int, got {config!r}")
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        y = self.features(x)
        pixels = torch.full((y.shape[1],), y.shape[2] * y.shape[3], dtype=y.dtype)
        return self.classifier(y.sum(dim=(2, 3)) / pixels)
