"""Clipped by value.

Each number is cut off at max_norm. The direction changes, and many numbers below the limit are still long together.
Scale all of them by one number.
"""

FAILS = ("long_gradients", "generator")


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters if p.grad is not None]
    length = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
    if length > max_norm:
        for gradient in gradients:
            gradient.clamp_(-max_norm, max_norm)
    return length
