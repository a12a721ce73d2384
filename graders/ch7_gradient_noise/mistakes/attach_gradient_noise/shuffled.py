"""The same noise, shuffled in each step.

Random numbers are drawn for the first step only; later steps use them in another order. Draw new ones in each step.
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
                    if id(p) not in kept:
                        kept[id(p)] = torch.randn(p.shape, generator=generator, dtype=p.dtype, device=p.device)
                    order = torch.randperm(p.numel(), generator=generator, device=p.device)
                    noise = kept[id(p)].flatten()[order].view(p.shape)
                    p.grad.add_(noise, alpha=noise_std(t, eta, gamma))
        t += 1

    return optimizer.register_step_pre_hook(add_noise)
