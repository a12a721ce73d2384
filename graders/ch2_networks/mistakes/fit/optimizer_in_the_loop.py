"""A new optimizer in every epoch.

The first epoch is right and the later ones are not: a new optimizer is made in each of them, and the momentum is lost.
Make it once, before the loop.
"""

FAILS = ("values",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    history = []
    for _ in range(epochs):
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
