"""Short gradients made longer.

The gradients are scaled to the length max_norm even if they are shorter. Near the end of training, when they should be
small, each step is then as long as ever. Ask whether the length is above the limit.
"""

FAILS = ("short_gradients",)


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters if p.grad is not None]
    length = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
    for gradient in gradients:
        gradient.mul_(max_norm / length)
    return length
