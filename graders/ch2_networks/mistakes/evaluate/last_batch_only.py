"""Only the last batch counted.

Only the last batch counts: the sums start again from zero with each batch, or are overwritten.
"""

FAILS = ("accuracy",)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct = (model(inputs).argmax(dim=1) == labels).sum().item()
            seen = len(labels)
    model.train(was_training)
    return correct / seen
