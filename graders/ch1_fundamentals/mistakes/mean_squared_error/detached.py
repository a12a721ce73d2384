"""Cut from the graph.

The loss is right, but nothing flows back from it to the prediction. `.detach()`, `.item()`, `.data`,
`torch.tensor(…)` and `torch.no_grad()` all cut the graph.
"""

FAILS = ("values_and_gradient",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    return (prediction.detach() - target).square().mean()
