"""The optimizer never steps.

No parameter has moved. `backward()` only computes gradients; it is `optimizer.step()` that uses them.
"""

FAILS = ("one_pass",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
