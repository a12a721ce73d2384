"""A little noise even when none is asked for.

A small number is added to std, as one does before a division. Nothing is divided here: with std 0 the gradients must
stay exactly as they are.
"""

FAILS = ("no_noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std + 1e-6)
