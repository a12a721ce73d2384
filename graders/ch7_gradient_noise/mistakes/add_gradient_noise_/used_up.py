"""Parameters iterated twice.

Nothing happened to the gradients: the parameters came from a generator, and it was already used up. Some iterables can
be read only once. Make a list of it first, or iterate it only once.
"""

FAILS = ("any_iterable",)


def add_gradient_noise_(parameters, std, generator=None):
    if len(list(parameters)) == 0:
        return
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
