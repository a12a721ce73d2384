"""Batches of one sample skipped.

A batch that holds a single sample is left out: no step is taken, and its loss is missing in the mean. Some networks
with batch norm cannot train on one sample, but that is not for this function to decide. It takes one step per batch.
"""

FAILS = ("smaller_batches",)


def train_epoch(
    model: nn.Module,
    loader: Iterable[tuple[Tensor, Tensor]],
    optimizer: torch.optim.Optimizer,
    device: str | torch.device,
) -> float:
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        if len(labels) == 1:
            continue
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
