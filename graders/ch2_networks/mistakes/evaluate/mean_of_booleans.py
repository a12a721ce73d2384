"""The mean of booleans.

A comparison gives booleans, and PyTorch takes no mean of booleans. Count them: `.sum().item()`.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
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
            correct += (model(inputs).argmax(dim=1) == labels).mean().item() * len(labels)
            seen += len(labels)
    model.train(was_training)
    return correct / seen
