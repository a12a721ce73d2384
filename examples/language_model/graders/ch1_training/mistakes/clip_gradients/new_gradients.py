"""New gradients in place of the old ones.

`p.grad = p.grad * …` makes a new tensor. Whoever holds the old gradient, such as a log or a flat buffer, still has the
long one. Scale it in place: `p.grad.mul_(…)`.
"""

FAILS = ("in_place",)


def clip_gradients(parameters, max_norm=1.0):
    kept = [p for p in parameters if p.grad is not None]
    length = torch.stack([p.grad.square().sum() for p in kept]).sum().sqrt()
    if length > max_norm:
        for p in kept:
            p.grad = p.grad * (max_norm / length)
    return length
