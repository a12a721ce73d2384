"""Multiples of the golden ratio.

The numbers come from the fractional parts of k times the golden ratio. They fill the distribution evenly, and each
follows from the one before it. Draw each by itself.
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            start = torch.rand((), generator=generator, dtype=torch.float64, device=p.grad.device)
            places = torch.arange(p.grad.numel(), dtype=torch.float64, device=p.grad.device) * (5**0.5 - 1) / 2
            noise = (
                torch.special.ndtri(((start + places) % 1).clamp(1e-12, 1 - 1e-12)).to(p.grad.dtype).view(p.grad.shape)
            )
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
