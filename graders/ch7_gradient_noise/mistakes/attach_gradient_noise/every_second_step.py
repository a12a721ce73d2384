"""Noise in every second step only.

Step 0 has noise, step 1 has none, step 2 has noise again. Add it in each step.
"""

FAILS = ("first_step", "annealing")


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        if t % 2 == 0:
            for group in optimizer.param_groups:
                add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
