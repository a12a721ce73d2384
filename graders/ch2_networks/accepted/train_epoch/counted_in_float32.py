"""The losses added up in a float32 tensor, which never leaves the device."""


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = torch.zeros((), device=device), 0
    for inputs, labels in loader:
        loss = F.cross_entropy(model(inputs.to(device)), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(labels)
        seen += len(labels)
    return (total / seen).item()
