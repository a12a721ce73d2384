"""The same noise for all.

All parameters get the same random numbers: the generator is reset to the same seed for each. Keep drawing from it
instead.
"""

FAILS = ("fresh_noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            torch.manual_seed(0)
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
