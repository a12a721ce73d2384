"""Autograd is turned on.

Autograd is turned off by hand, and at the end turned on, whether or not it was on before. `with torch.no_grad():`
restores what was there.
"""

FAILS = ("left_as_it_was",)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    correct, seen = 0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        correct += (model(inputs).argmax(dim=1) == labels).sum().item()
        seen += len(labels)
    torch.set_grad_enabled(True)
    model.train(was_training)
    return correct / seen
