"""The loss turned into a number too early.

`backward` was called on a Python float, which has no graph to go back through. Most often `.item()` comes too early:
call `backward()` on the tensor, and `.item()` where the loss is added to the sum.
Read: Tensor.item · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.item.html
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
        loss = F.cross_entropy(model(inputs), labels).item()
        loss.backward()
        optimizer.step()
        total += loss * len(labels)
        seen += len(labels)
    return total / seen
