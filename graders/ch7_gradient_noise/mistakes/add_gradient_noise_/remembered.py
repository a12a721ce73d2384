"""Noise that remembers.

Each noise is in part the one before it, so it pushes in the same direction for many calls. Draw all of it in each call.
"""

FAILS = ("fresh_noise",)


KEPT = {}


def add_gradient_noise_(parameters, std, generator=None):
    for index, p in enumerate(parameters):
        if p.grad is not None:
            key = index, p.grad.shape, p.grad.dtype, p.grad.device
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            if key in KEPT:
                noise = 0.6 * KEPT[key] + 0.8 * noise
            KEPT[key] = noise
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
