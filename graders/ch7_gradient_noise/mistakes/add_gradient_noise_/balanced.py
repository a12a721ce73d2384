"""Noise made to add up to 0.

The mean of the numbers is subtracted from them, so each depends on all the others. Random numbers have a mean that is
0 only on average.
"""

FAILS = ("fresh_noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            noise = (noise - noise.mean()) * (noise.numel() / max(1, noise.numel() - 1)) ** 0.5
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
