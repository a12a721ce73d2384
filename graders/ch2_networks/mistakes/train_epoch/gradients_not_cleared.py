"""Gradients not cleared.

Each step uses the sum of all gradients so far, because `backward()` adds to what is there. Clear them for each
batch.
Read: Optimizer.zero_grad · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

FAILS = (
    "one_pass",
    "gradients_are_cleared",
)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
