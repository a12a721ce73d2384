"""Noise on the parameters.

The parameters themselves were changed, not their gradients.
"""

FAILS = ("in_place", "noise", "seed_decides", "dtypes")


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.add_(noise, alpha=std)
