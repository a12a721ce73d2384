"""On a copy of the model, which is thrown away."""

import copy


def evaluate(model, loader, device):
    judge = copy.deepcopy(model).eval().requires_grad_(False)
    right = total = 0
    for inputs, labels in loader:
        predicted = judge(inputs.to(device)).max(dim=1)[1]
        right += predicted.eq(labels.to(device)).sum().item()
        total += labels.size(0)
    return right / total
