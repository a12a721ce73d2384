"""Inputs flattened.

The images were flattened before the model saw them. What shape a model takes is the model's affair: pass the inputs on
as they are.
"""

FAILS = ("one_pass",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device).flatten(1), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
