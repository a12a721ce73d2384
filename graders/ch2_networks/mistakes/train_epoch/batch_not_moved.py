"""Batch not moved to the device.

The loader makes its batches on the CPU, and the model may be on another device. Move inputs and labels there, batch by
batch: `inputs.to(device)`, and use what it returns.
Read: torch.Tensor.to · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html
"""

FAILS = ("placement",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
