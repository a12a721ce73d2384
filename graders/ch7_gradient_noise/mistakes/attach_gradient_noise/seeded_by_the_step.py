"""The same noise in every run.

Every run gets the same noise, whatever `torch.manual_seed` says. Most often a seed is set inside, such as the number of
the step. Without a generator the numbers come from torch's global one, whose seed is for the caller to set.
"""

FAILS = ("generator",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        if generator is None:
            torch.manual_seed(t)
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
