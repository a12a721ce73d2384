"""The same noise, shifted.

The random numbers are drawn once; each parameter, and each call, gets them again from another place on. Draw new ones.
"""

FAILS = ("fresh_noise",)


KEPT = {}


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            key = p.grad.shape, p.grad.dtype, p.grad.device
            if key not in KEPT:
                KEPT[key] = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            KEPT[key] = noise = KEPT[key].flatten().roll(7).view(p.grad.shape)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
