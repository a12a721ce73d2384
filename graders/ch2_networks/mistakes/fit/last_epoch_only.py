"""Only the last pair returned.

The result is the last epoch's pair. It should be a list with a pair for each epoch.
"""

FAILS = ("values",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history[-1]
