"""std has no effect.

The noise has standard deviation 1, whatever std is. Standard normal numbers are multiplied by the standard deviation
that they should have.
"""

FAILS = ("noise", "no_noise")


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise)
