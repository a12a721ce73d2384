"""std squared.

The noise has standard deviation std²: it was squared on the way. Standard normal numbers are multiplied by the
standard deviation itself.
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std**2)
