"""remove() removes every hook.

The handle's remove() clears all hooks of the optimizer, including those that others have registered. It should remove
its own and leave the rest, as does the handle that register_step_pre_hook returns.
Read: Optimizer.register_step_pre_hook · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.register_step_pre_hook.html
"""

FAILS = ("removed",)


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

    class Handle:
        def remove(self):
            optimizer._optimizer_step_pre_hooks.clear()

    return Handle()
