"""Batch means divided by the samples.

The batches' mean losses were added up and divided by the number of samples. Each is a mean already, so the result is
too small, by about the size of a batch. Weight each loss by the size of its batch first.
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
        total += loss.item()
        seen += len(labels)
    return total / seen
