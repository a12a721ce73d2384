"""Noise scaled to the gradient's own size.

The size of the noise depends on the gradient: it is std times the gradient's standard deviation. It should be std
itself.
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise * 2, alpha=std * (p.grad.std().item() if p.grad.numel() > 1 else 1.0))
