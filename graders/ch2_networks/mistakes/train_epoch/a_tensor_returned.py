"""A tensor returned.

The result is a tensor, not a Python float. Most often the losses are added up as tensors, and then each keeps its whole
graph in memory. `.item()` takes the number out.
Read: Tensor.item · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.item.html
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
        total += loss * len(labels)
        seen += len(labels)
    return total / seen
