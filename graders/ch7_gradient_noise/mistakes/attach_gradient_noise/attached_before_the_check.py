"""Attached before eta is checked.

The ValueError is raised after the hook was registered on the optimizer, so its next step runs into it. Check first,
then change what belongs to the caller.
"""

FAILS = ("negative_eta",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    handle = optimizer.register_step_pre_hook(add_noise)
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return handle
