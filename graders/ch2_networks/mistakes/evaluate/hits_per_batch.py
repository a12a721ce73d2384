"""Divided by the number of batches.

The result is the number of right answers per batch, which can be more than 1: `len(loader)` counts batches. Divide by
the number of samples.
"""

FAILS = (
    "accuracy",
    "smaller_batch",
)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / len(loader)
