"""The last batch's loss returned.

The result is the loss of the last batch alone. It should be the mean over all samples seen.
"""

FAILS = (
    "one_pass",
    "smaller_batches",
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
    return loss.item()
