"""One number for the whole gradient.

All numbers of a gradient get the same noise. Each needs its own: draw noise of the gradient's shape.
"""

FAILS = (
    "noise",
    "fresh_noise",
)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn((), generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
