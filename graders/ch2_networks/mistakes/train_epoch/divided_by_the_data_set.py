"""Divided by the length of the data set.

The loss is divided by the length of the data set. The loader may yield fewer samples than that, or have no data set at
all. Count the samples you see.
"""

FAILS = ("any_iterable",)


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
    return total / len(loader.dataset)
