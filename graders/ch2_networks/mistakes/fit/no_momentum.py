"""Without momentum.

The steps are those of SGD without momentum. Here it is 0.9.
Read: torch.optim.SGD · https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
"""

FAILS = ("values",)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
