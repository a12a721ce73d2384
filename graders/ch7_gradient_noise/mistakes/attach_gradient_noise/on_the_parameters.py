"""Noise on the parameters.

The noise was added to the parameters before the step, and not to their gradients. The optimizer then does not scale
it, and does not see it.
"""

FAILS = ("first_step",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            std = noise_std(t, eta, gamma)
            for p in group["params"]:
                if p.grad is not None:
                    p.data.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype, device=p.device), alpha=std)
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
