"""Parameters without a gradient.

`p.grad` is None for a parameter that took no part in the loss. Leave those out.
"""

FAILS = ("long_gradients", "short_gradients", "generator")


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters]
    length = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
    if length > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / length)
    return length
