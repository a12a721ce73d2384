"""t counted from one.

The first step has the noise of the second: t is incremented before it is used, or starts at 1.
"""

FAILS = ("first_step",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 1

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
