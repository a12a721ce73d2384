"""A layer left in train mode.

A layer inside stays in train mode where the model's own flag says that it is in evaluation mode. Most often
`model.eval()` is called only if `model.training` is True. Call `model.eval()` in any case: it sets them all.
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
