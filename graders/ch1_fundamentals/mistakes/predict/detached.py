"""Cut from the graph.

The probabilities are right, but nothing flows back to the weights. Something cuts the graph: `.detach()`, `.data` or
`torch.no_grad()`.
"""

FAILS = ("values",)


def predict(x, weights, bias):
    return sigmoid(x @ weights.detach() + bias.detach()).squeeze(1).requires_grad_()
