"""Cut from the graph.

The loss is right, but nothing flows back from it to the prediction. `.detach()`, `.item()`, `.data`,
`torch.tensor(…)` and `torch.no_grad()` all cut the graph.
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    p = prediction.detach()
    return -(target * torch.log(p).clamp(min=-100) + (1 - target) * torch.log(1 - p).clamp(min=-100)).mean()
