"""Gradients cleared only once.

The gradients from before the call play no part, but within the epoch each step still uses the sum of all gradients so
far. Clear them for each batch: inside the loop.
Read: Optimizer.zero_grad · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

FAILS = (
    "one_pass",
    "gradients_are_cleared",
)


def train_epoch(model, loader, optimizer, device):
    model.train()
    optimizer.zero_grad()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
