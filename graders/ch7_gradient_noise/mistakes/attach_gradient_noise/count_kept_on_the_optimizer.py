"""A second attachment continues the count of the first.

Noise that is attached a second time continues where the first left off. Most often t is kept on the optimizer. It
belongs to the attachment: it starts at 0 each time.
"""

FAILS = ("count",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")

    def add_noise(optimizer, args, kwargs):
        t = optimizer.__dict__.setdefault("noise_steps", 0)
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        optimizer.noise_steps = t + 1

    return optimizer.register_step_pre_hook(add_noise)
