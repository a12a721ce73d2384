"""With a closure."""


def train_epoch(model, loader, optimizer, device):
    model.train()
    total = count = 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)

        def closure():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            return loss

        total += optimizer.step(closure).item() * y.numel()
        count += y.numel()
    return float(total / count)
