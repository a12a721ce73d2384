"""Trained in evaluation mode.

The model was in evaluation mode: batch norm used its running averages and did not move them.
"""

FAILS = (
    "one_pass",
    "train_mode",
)


def train_epoch(model, loader, optimizer, device):
    model.eval()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
