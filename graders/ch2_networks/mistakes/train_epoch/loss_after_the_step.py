"""Loss taken after the step.

The losses are those that the batches have after their steps, with the parameters already moved. Each loss should be
taken before its step, as `backward()` saw it.
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
        optimizer.step()
        with torch.no_grad():
            loss = F.cross_entropy(model(inputs), labels)
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
