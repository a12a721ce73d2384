"""The sum over samples divided by the batches.

The losses of all samples were added up and divided by the number of batches, so the result is too large, by about the
size of a batch. Divide by the number of samples.
"""

FAILS = (
    "one_pass",
    "any_iterable",
)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / len(loader)
