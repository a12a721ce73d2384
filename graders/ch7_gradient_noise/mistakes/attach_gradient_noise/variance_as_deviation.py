"""The variance as standard deviation.

The noise has the standard deviation eta / (1 + t)^gamma. That is its variance; noise_std gives the root.
"""

FAILS = (
    "first_step",
    "annealing",
)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], eta / (1 + t) ** gamma, generator)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
