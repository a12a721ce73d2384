"""Train mode forgotten.

A model that arrives in evaluation mode is trained in it: batch norm used its running averages, and dropout was off.
Call `model.train()` first.
Read: Module.train · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
"""

FAILS = ("train_mode",)


def train_epoch(model, loader, optimizer, device):
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
