"""A loss for each sample.

`backward()` was called on a tensor of several numbers. It starts from a single one: the mean loss of the batch, which
is what F.cross_entropy returns unless `reduction` says otherwise.
Read: F.cross_entropy · https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
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
        loss = F.cross_entropy(model(inputs), labels, reduction="none")
        loss.backward()
        optimizer.step()
        total += loss.sum().item()
        seen += len(labels)
    return total / seen
