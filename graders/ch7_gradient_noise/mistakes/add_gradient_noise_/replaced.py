"""The gradient replaced.

`.grad` holds a new tensor. Anything that kept the old one, such as a hook or a view of it, does not see the noise.
Change the tensor that is there: in place.
"""

FAILS = ("in_place",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad = p.grad + std * noise
