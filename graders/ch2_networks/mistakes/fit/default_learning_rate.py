"""A different default learning rate.

The learning rate does not default to 0.01.
"""

FAILS = ("defaults",)


def fit(model, train_loader, test_loader, epochs, lr=0.1, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
