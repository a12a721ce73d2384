"""Parameters collected too early.

A group that is added later gets no noise: the parameters were collected when the noise was attached. Ask the
optimizer for them in the hook.
"""

FAILS = ("all_groups",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0
    params = [p for group in optimizer.param_groups for p in group["params"]]

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        add_gradient_noise_(params, noise_std(t, eta, gamma), generator)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
