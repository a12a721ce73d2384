"""t incremented once per group.

With two groups the noise fades too fast: t is incremented once for each of them. It counts steps.
"""

FAILS = ("all_groups",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            t += 1
            add_gradient_noise_(group["params"], noise_std(t - 1, eta, gamma), generator)

    return optimizer.register_step_pre_hook(add_noise)
