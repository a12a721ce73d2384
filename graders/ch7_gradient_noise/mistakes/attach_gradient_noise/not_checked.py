"""A negative eta accepted.

A negative eta is accepted when the noise is attached. The error then comes in the first step, far from its cause.
"""

FAILS = ("negative_eta",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
