"""Noise after the step.

The noise comes after the step, too late for it. There are two kinds of hooks: a *pre*-hook runs before the step.
Read: register_step_pre_hook · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.register_step_pre_hook.html
"""

FAILS = (
    "first_step",
    "any_optimizer",
)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], noise_std(t, eta, gamma), generator)
        t += 1

    return optimizer.register_step_post_hook(add_noise)
