"""Signs that alternate.

The numbers are random, but their signs are not: plus, minus, plus, minus. Leave the signs of normal numbers as they
are.
"""

FAILS = ("fresh_noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device).abs()
            noise.view(-1)[1::2].neg_()
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
