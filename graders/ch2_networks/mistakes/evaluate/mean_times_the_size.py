"""A share turned into a count, and truncated.

`int(share * n)` is meant to be the number of hits in a batch, but the share is rounded: 7 of 10 is 0.69999999 in
float32, and `int` makes 6 of it. Add up the hits themselves: `(…).sum().item()`.
"""

FAILS = ("smaller_batch",)


def evaluate(model: nn.Module, loader: DataLoader, device: str | torch.device) -> float:
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            share = (model(inputs).argmax(dim=1) == labels).float().mean().item()
            correct += int(share * len(labels))
            seen += len(labels)
    model.train(was_training)
    return correct / seen
