"""The generator ignored.

The noise comes from torch's global generator, although another was given. Its seed then has no effect.
Read: torch.Generator · https://docs.pytorch.org/docs/stable/generated/torch.Generator.html
"""

FAILS = ("generator",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
