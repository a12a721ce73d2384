"""Accuracy taken before the epoch.

Each accuracy is the one before its epoch, so the last epoch's effect is never seen. Train first, then evaluate.
"""

FAILS = ("values",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(epochs):
        reached = evaluate(model, test_loader, device)
        history.append((train_epoch(model, train_loader, optimizer, device), reached))
    return history
