"""No gradients to step with.

There was a step for each batch, but no parameter has moved: `step()` found no gradients. Either `backward()` is not
called (`loss.backward` without parentheses does nothing), or the gradients are cleared after it, or `step()` comes
before it. The order is: clear, forward, loss, backward, step.
"""

FAILS = ("one_pass",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
