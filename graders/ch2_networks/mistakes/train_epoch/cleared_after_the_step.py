"""Gradients cleared only after the step.

Within the epoch all is well, but the first step still includes what was left in `.grad` before. Clear before
`backward()`, not only after the step.
"""

FAILS = ("gradients_are_cleared",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
