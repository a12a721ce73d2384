"""The optimizer made before the move, with groups."""


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    optimizer = torch.optim.SGD([{"params": model.parameters(), "lr": lr}], lr=1.0, momentum=0.9)
    model.to(device)
    losses, accuracies = [], []
    for epoch in range(epochs):
        losses.append(train_epoch(model, train_loader, optimizer, device))
        accuracies.append(evaluate(model, test_loader, device))
    return list(zip(losses, accuracies))
