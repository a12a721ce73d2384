"""Softmax before the loss.

The loss was computed from probabilities. F.cross_entropy takes logits and applies softmax itself.
Read: F.cross_entropy · https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
"""

FAILS = ("one_pass",)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs).softmax(dim=1), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
