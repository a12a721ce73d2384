"""Only the first batch used.

There was a single step, on the first batch, and its loss was returned. Most often the `return` is inside the loop: it
ends the function there. Move it to the left, below the loop.
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
        return total / seen
