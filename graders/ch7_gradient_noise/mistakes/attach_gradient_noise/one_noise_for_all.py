"""The same noise for all parameters.

Parameters of the same shape get the same random numbers, so they are pushed in the same direction. Draw again for each.
"""

FAILS = ("first_step",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        drawn = {}
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    key = p.shape, p.dtype, p.device
                    if key not in drawn:
                        drawn[key] = torch.randn(p.shape, generator=generator, dtype=p.dtype, device=p.device)
                    p.grad.add_(drawn[key], alpha=noise_std(t, eta, gamma))
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
