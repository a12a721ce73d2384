"""The same noise, shuffled.

The random numbers are drawn once; each parameter, and each call, gets them again in another order. Draw new ones.
"""

FAILS = ("fresh_noise",)


KEPT = {}


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            key = p.grad.shape, p.grad.dtype, p.grad.device
            if key not in KEPT:
                KEPT[key] = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            order = torch.randperm(p.grad.numel(), generator=generator, device=p.grad.device)
            noise = KEPT[key].flatten()[order].view(p.grad.shape)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
