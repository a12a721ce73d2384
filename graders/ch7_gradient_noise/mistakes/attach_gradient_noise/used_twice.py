"""Each noise used in two steps.

New noise is drawn in every second step, and the step after it uses the same again. Draw it in each step.
"""

FAILS = ("first_step",)


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    t = 0
    kept = {}

    def add_noise(optimizer, args, kwargs):
        nonlocal t
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    if t % 2 == 0 or id(p) not in kept:
                        kept[id(p)] = torch.randn(p.shape, generator=generator, dtype=p.dtype, device=p.device)
                    noise = kept[id(p)]
                    p.grad.add_(noise, alpha=noise_std(t, eta, gamma))
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
