"""The same noise for all.

All parameters get the same random numbers. Most often a seed is set for each of them, or one noise is made for all.
Keep drawing from the generator, without setting it back.
"""

FAILS = ("fresh_noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            torch.manual_seed(0)
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
