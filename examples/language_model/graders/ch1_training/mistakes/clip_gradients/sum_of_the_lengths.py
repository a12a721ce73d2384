"""Lengths added up.

Two pieces of lengths 3 and 4 have the length 5 together, not 7. Add the squares, and take the root once.
"""

FAILS = ("long_gradients", "short_gradients", "generator")


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters if p.grad is not None]
    length = torch.stack([gradient.norm() for gradient in gradients]).sum()
    if length > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / length)
    return length
