"""Through .data, with torch.normal."""


def add_gradient_noise_(parameters, std, generator=None):
    for p in list(parameters):
        if p.grad is None:
            continue
        g = p.grad.data
        zeros = torch.zeros(g.shape, dtype=g.dtype, device=g.device)
        g.copy_(g + torch.normal(zeros, std, generator=generator))
