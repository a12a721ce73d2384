"""As many predictions as classes.

There were as many predictions as classes, and as many labels as samples, so they cannot be compared. The largest logit
was searched for along dimension 0, across the samples. The classes are along dimension 1.
Read: torch.argmax · https://docs.pytorch.org/docs/stable/generated/torch.argmax.html
"""

FAILS = (
    "accuracy",
    "evaluation_mode",
)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=0) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
