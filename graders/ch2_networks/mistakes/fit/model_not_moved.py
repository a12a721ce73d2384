"""Model not moved.

The batches go to the device, and the model stays where it was. `model.to(device)` first, then the optimizer.
Read: torch.nn.Module · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

FAILS = ("placement",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
