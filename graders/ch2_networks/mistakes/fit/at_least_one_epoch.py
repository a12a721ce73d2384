"""At least one epoch.

With epochs=0 the model is trained all the same. No epoch means no training, and an empty list.
"""

FAILS = ("defaults",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(max(epochs, 1)):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
