"""Batch not moved to the device.

The loader makes its batches on the CPU, and the model may be on another device. Move inputs and labels there, batch by
batch: `inputs.to(device)`, and use what it returns.
Read: torch.Tensor.to · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html
"""

FAILS = ("placement",)


def evaluate(model, loader, device):
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs.to(device)
            labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
