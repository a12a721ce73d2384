"""argmax without a dimension.

argmax gave a single number for the whole batch: without `dim` it looks for the largest of all its logits. The largest
in each row is wanted: `argmax(dim=1)`.
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
            correct += (model(inputs).argmax() == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
