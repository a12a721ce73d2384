"""Everything written out, with a comprehension."""


def fit(model, train_loader, test_loader, epochs, lr=0.01, device="cpu"):
    device = torch.device(device)
    model = model.to(device)
    optimizer = torch.optim.SGD(params=list(model.parameters()), lr=lr, momentum=0.9, foreach=False)
    return [
        (train_epoch(model, train_loader, optimizer, device), evaluate(model, test_loader, device))
        for _ in range(epochs)
    ]
