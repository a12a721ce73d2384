"""Divided by the length of the loader's data set."""


def evaluate(model, loader, device):
    training, model.training = model.training, model.training
    model.eval()
    correct = torch.zeros((), dtype=torch.int64, device=device)
    with torch.set_grad_enabled(False):
        for x, y in loader:
            guess = F.softmax(model(x.to(device)), dim=1).argmax(1)
            correct += torch.sum(guess == y.to(device))
    if training:
        model.train()
    return int(correct) / len(loader.dataset)
