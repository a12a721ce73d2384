"""Layers left in evaluation mode.

`model.training` has its old value again, but the layers inside are still in evaluation mode: `model.eval()` sets the
flag of each of them. `model.train(…)` sets them back.
"""

FAILS = ("left_as_it_was",)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.training = was_training
    return correct / seen
