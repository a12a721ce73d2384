"""Measured in train mode.

The model ran in train mode. Dropout was on, and batch norm used each batch's own mean, and moved its running
averages: measuring has changed the model.
Read: Module.eval · https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval
"""

FAILS = ("evaluation_mode",)


def evaluate(model, loader, device):
    was_training = model.training
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
