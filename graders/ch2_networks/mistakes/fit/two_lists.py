"""Two lists instead of a list of pairs.

The losses are in one list and the accuracies in another. It should be one list, with a tuple (mean loss, test accuracy)
for each epoch.
"""

FAILS = (
    "values",
    "defaults",
)


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    losses, accuracies = [], []
    for _ in range(epochs):
        losses.append(train_epoch(model, train_loader, optimizer, device))
        accuracies.append(evaluate(model, test_loader, device))
    return losses, accuracies
