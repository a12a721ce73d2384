"""Each parameter clipped by itself.

Every gradient is shortened by its own length, so the large ones lose more than the small ones, and the direction of the
step changes. There is one length, that of all gradients together.
"""

FAILS = ("long_gradients",)


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters if p.grad is not None]
    length = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
    if length > max_norm:
        for gradient in gradients:
            if gradient.norm() > max_norm:
                gradient.mul_(max_norm / gradient.norm())
    return length
