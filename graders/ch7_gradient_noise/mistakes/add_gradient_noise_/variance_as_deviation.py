"""std used as a variance.

The noise has variance std, so its standard deviation is the root of std. The argument already is the standard
deviation.
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std**0.5)
