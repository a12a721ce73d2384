"""The loss as a module, summed up as a tensor without its graph."""


def train_epoch(model, loader, optimizer, device):
    criterion = nn.CrossEntropyLoss()
    model.train(True)
    losses, sizes = [], []
    for batch in loader:
        x, y = (part.to(device, non_blocking=True) for part in batch)
        loss = criterion(model(x), y)
        model.zero_grad()
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        losses.append(loss.detach())
        sizes.append(y.shape[0])
        optimizer.step()
    return sum(float(loss) * size for loss, size in zip(losses, sizes)) / sum(sizes)
