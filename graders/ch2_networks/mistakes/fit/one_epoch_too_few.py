"""One epoch too few.

There is one epoch fewer than asked for. `range(epochs)` counts from 0, and gives `epochs` numbers; `range(1, epochs)`
gives one fewer.
"""

FAILS = ("values",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(1, epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
