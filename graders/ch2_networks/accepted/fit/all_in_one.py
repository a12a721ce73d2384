"""Both loops written out, and the steps of SGD too."""


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    momentum = {}
    history = []
    for epoch in range(epochs):
        model.train()
        losses = 0.0
        count = 0
        for images, targets in train_loader:
            images, targets = images.to(device), targets.to(device)
            model.zero_grad()
            loss = nn.CrossEntropyLoss(reduction="sum")(model(images), targets)
            (loss / len(targets)).backward()
            with torch.no_grad():
                for p in model.parameters():
                    momentum[p] = p.grad.clone() if p not in momentum else 0.9 * momentum[p] + p.grad
                    p -= lr * momentum[p]
            losses += loss.item()
            count += len(targets)
        model.eval()
        with torch.no_grad():
            hits = [(model(x.to(device)).argmax(-1) == y.to(device)).double() for x, y in test_loader]
        history.append((losses / count, torch.cat(hits).mean().item()))
    return history
