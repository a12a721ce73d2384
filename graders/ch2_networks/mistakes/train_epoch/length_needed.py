"""The loader's length required.

`len(loader)` fails here: batches may come from any iterable, a generator too, and a generator has no length. Count as
you go.
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
        total += loss.item()
        seen += len(labels)
    return total / len(loader)
