"""Generator used up.

The first loop reads all parameters. If they come from a generator, as from `model.parameters()`, nothing is left for
the second loop, and nothing is scaled. Make a list first.
"""

FAILS = ("generator",)


def clip_gradients(parameters, max_norm=1.0):
    squares = [p.grad.square().sum() for p in parameters if p.grad is not None]
    length = torch.stack(squares).sum().sqrt()
    if length > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad.mul_(max_norm / length)
    return length
