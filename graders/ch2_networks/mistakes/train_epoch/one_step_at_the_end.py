"""One step for all batches.

The gradients of all batches were added up, and there was a single step at the end. There should be one step per batch.
"""

FAILS = ("one_pass",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    optimizer.zero_grad()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        total += loss.item() * len(labels)
        seen += len(labels)
    optimizer.step()
    return total / seen
