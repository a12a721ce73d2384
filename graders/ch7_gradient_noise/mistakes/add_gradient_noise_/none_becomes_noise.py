"""A gradient made where there was none.

A parameter without a gradient has one now: pure noise. It played no part in the loss, so it must not move.
"""

FAILS = ("in_place",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is None:
            p.grad = torch.zeros_like(p)
        if True:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
