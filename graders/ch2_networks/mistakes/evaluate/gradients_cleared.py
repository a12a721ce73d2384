"""Gradients cleared.

The gradients of the parameters are gone after measuring. Nothing here needs that, and whoever is adding up gradients
over several batches loses them.
"""

FAILS = ("left_as_it_was",)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    model.zero_grad()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
