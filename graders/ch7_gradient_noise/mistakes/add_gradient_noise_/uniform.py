"""Uniform noise.

The noise is uniform: it has an edge. `torch.rand` is uniform, `torch.randn` is normal.
Read: torch.randn · https://docs.pytorch.org/docs/stable/generated/torch.randn.html
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = (2 * 3**0.5) * (
                torch.rand(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device) - 0.5
            )
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
