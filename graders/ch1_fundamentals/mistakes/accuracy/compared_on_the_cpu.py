"""Compared with a tensor on the CPU.

The predicted labels are written into a tensor on the CPU, while the data are on another device. Create it on the device
of the data: `torch.zeros_like(labels)`, or use the result of the comparison itself.
"""

FAILS = ("placement",)


def accuracy(data, labels, weights, bias):
    with torch.no_grad():
        chosen = predict(data, weights, bias) > 0.5
    answers = torch.zeros(len(data), dtype=torch.bool)
    answers[:] = chosen
    return (answers == (labels > 0.5)).double().mean().item()
