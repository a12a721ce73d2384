"""A graph recorded.

The forward passes were recorded for a backward pass that never comes. That costs memory and time. `eval()` does not
switch it off; `torch.no_grad()` does.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("left_as_it_was",)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    for _ in range(1):
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
