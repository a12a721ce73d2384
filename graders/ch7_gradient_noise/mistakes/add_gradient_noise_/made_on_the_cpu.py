"""Noise made on the CPU.

The noise is a tensor on the CPU, while the gradient is on another device. Without a GPU that goes unnoticed; on a GPU
it is an error. Create it on the gradient's device.
Read: torch.randn · https://docs.pytorch.org/docs/stable/generated/torch.randn.html
"""

FAILS = ("placement",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
