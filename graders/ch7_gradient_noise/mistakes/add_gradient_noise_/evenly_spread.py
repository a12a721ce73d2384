"""Numbers that are evenly spread.

The numbers are the quantiles of the normal distribution in a random order: together they are too regular to be random.
Draw each by itself.
"""

FAILS = ("noise",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            count = p.grad.numel()
            ranks = torch.randperm(count, generator=generator, device=p.grad.device).view(p.grad.shape)
            noise = torch.special.ndtri((ranks + 0.5).double() / count).to(p.grad.dtype)
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
