"""A layer left in train mode.

`model.eval()` is called only where `model.training` is True, and that is the flag of the whole alone. A layer inside
may be in train mode all the same. Call `model.eval()` in any case: it sets them all.
"""

FAILS = ("evaluation_mode",)


def evaluate(model: nn.Module, loader: DataLoader, device: str | torch.device) -> float:
    was_training = model.training
    if was_training:
        model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
