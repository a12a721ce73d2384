"""Autograd turned off and restored by hand."""


def evaluate(model, loader, device):
    mode, autograd = model.training, torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    model.train(False)
    count = correct = 0
    for inputs, labels in loader:
        logits = model(inputs.to(device))
        correct += int(torch.sum(torch.argmax(logits, dim=-1) == labels.to(device)))
        count += len(inputs)
    model.train(mode)
    torch.set_grad_enabled(autograd)
    return float(correct) / count
