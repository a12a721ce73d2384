"""A gradient of None not handled.

A parameter's gradient may be None, if it played no part in the loss. Skip it.
"""

FAILS = ("in_place",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if True:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
