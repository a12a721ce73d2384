"""Only the first epoch.

The list ends after the first epoch. Most often the `return` is inside the loop, and ends the function there. Move it to
the left, below the loop.
"""

FAILS = (
    "values",
    "defaults",
)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
        return history
