"""Uniform noise, and all of it positive.

The noise lies between 0 and std, so it pushes all parameters in one direction. That is what `torch.rand` draws;
`torch.randn` draws normal numbers, with mean 0.
Read: torch.randn · https://docs.pytorch.org/docs/stable/generated/torch.randn.html
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.rand(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
