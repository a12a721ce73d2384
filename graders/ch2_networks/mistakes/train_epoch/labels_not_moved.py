"""Labels not moved to the device.

The inputs were moved to the device, the labels were not. The loss compares the two, so both must be there.
Read: torch.Tensor.to · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html
"""

FAILS = ("placement",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs.to(device)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
