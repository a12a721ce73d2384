"""Divided by len(loader).

The result is the mean of the batches' losses, so each sample of a smaller batch counts more than the others. And
batches may come from a generator, which has no length. Add up each batch's loss times its size, count the samples as
you go, and divide by their number.
"""

FAILS = ("smaller_batches", "any_iterable")


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
        seen += len(labels)
    return total / len(loader)
