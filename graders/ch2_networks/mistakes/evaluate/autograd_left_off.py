"""Autograd is left off.

`torch.set_grad_enabled(False)` turns autograd off for the rest of the program: the next training step finds no graph.
`with torch.no_grad():` turns it on again at the end of the block.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
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
    model.train(was_training)
    return correct / seen
