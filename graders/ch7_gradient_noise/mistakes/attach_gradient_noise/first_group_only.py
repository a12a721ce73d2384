"""Only the first group.

Only the parameters of the first group get noise. Go through all of param_groups.
"""

FAILS = ("all_groups",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups[:1]:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
