"""Mean over batches, not samples.

The result is the mean of the batches' accuracies. A small last batch then counts as much as a full one. Count
samples.
"""

FAILS = ("smaller_batch",)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).double().mean().item()
            seen += 1
    model.train(was_training)
    return correct / seen
