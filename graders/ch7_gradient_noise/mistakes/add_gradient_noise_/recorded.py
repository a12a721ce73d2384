"""Recorded by autograd.

The noise becomes part of the graph of a gradient that was made with create_graph=True. Add it under torch.no_grad().
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("in_place",)


def add_gradient_noise_(parameters, std, generator=None):
    for p in parameters:
        if p.grad is not None:
            noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
            p.grad.add_(noise, alpha=std)
