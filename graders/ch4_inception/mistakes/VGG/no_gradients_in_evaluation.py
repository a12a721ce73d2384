"""No gradients in evaluation mode.

In evaluation mode no gradient reaches the input or any layer. Most often the forward pass runs under `torch.no_grad()`
then. Evaluation mode is about layers such as batch norm. Whether a graph is needed is for the caller to say.
"""

FAILS = ("gradients",)


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
        with torch.set_grad_enabled(self.training and torch.is_grad_enabled()):
            return self.classifier(self.features(x).mean(dim=(2, 3)))
