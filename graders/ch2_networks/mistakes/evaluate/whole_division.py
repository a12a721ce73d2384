"""A whole number returned.

The result is an int: 0 unless every answer is right. `//` divides and drops what comes after the point. Divide with
`/`.
"""

FAILS = (
    "accuracy",
    "smaller_batch",
)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct // seen
