"""Always left in train mode.

Afterwards the model is in train mode, although it came in evaluation mode. Restore the mode it had, not the one it
usually has.
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
    model.train()
    return correct / seen
