"""Multiplied instead of added.

The gradients were multiplied by 1 + noise. A gradient of 0 then gets no noise at all. Noise is added.
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.mul_(1 + std * noise)
