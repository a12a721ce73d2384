"""Cut from the graph.

The values are right, but the result has no history: no gradient flows through it. `.detach()`, `.data`, `.numpy()`,
`.item()` and `torch.no_grad()` all cut the graph.
"""

FAILS = ("values_and_gradient",)


def sigmoid(x):
    return 1 / (1 + torch.exp(-x.detach()))
