"""No handle returned.

Nothing is returned, so the noise can never be switched off. register_step_pre_hook returns the handle: return it.
"""

FAILS = ("removed", "placement")


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    optimizer.register_step_pre_hook(add_noise)
