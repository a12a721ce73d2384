"""Root forgotten.

This is the sum of the squares, not the length. Take its root.
"""

FAILS = ("long_gradients", "short_gradients", "generator")


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters if p.grad is not None]
    length = torch.stack([gradient.square().sum() for gradient in gradients]).sum()
    if length > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / length)
    return length
