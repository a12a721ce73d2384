"""Weight decay added.

The steps also shrink the parameters: that is weight decay. Many programs use it; here it is SGD with momentum 0.9 and
nothing else.
"""

FAILS = ("values",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
