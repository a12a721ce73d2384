"""The length from after.

What is returned is at most max_norm, so a log of it never shows trouble. Return the length from before.
"""

FAILS = ("long_gradients", "generator")


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters if p.grad is not None]
    length = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
    if length > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / length)
    return torch.clamp(length, max=max_norm)
