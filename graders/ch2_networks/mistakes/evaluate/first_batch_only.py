"""Only the first batch counted.

The result is the accuracy on the first batch alone. Most often the `return` is inside the loop, and ends the function
there. Move it to the left, below the loop.
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
            return correct / seen
