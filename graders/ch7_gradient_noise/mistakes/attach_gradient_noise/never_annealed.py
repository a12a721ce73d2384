"""t is never incremented.

The noise of every step is that of the first: t stays 0. Increment it at the end of the hook.
"""

FAILS = ("annealing",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)

    return optimizer.register_step_pre_hook(add_noise)
