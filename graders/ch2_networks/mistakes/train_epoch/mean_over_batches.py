"""Mean over batches, not samples.

The result is the mean of the batches' losses. Where the last batch is smaller, each of its samples then counts more
than the others. Weight each loss by the size of its batch, and divide by the number of samples.
"""

FAILS = ("smaller_batches",)


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
        seen += 1
    return total / seen
