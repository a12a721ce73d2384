"""A handle without noise.

A function is registered that does nothing, so the steps are those of the optimizer alone. Add noise in it.
"""

FAILS = ("first_step", "annealing", "any_optimizer", "all_groups")


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    return optimizer.register_step_pre_hook(lambda *unused: None)
