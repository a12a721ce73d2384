"""Noise drawn in float32.

The noise has only the 24 bits of float32, whatever the dtype of the gradient. Draw it in the gradient's dtype.
Read: torch.randn · https://docs.pytorch.org/docs/stable/generated/torch.randn.html
"""

FAILS = ("dtypes",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=torch.float32, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
