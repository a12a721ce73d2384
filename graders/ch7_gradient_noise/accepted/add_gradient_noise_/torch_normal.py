"""Drawn with torch.normal, all gradients first collected in a list."""


def add_gradient_noise_(parameters, std, generator=None):
    grads = [p.grad for p in parameters if p.grad is not None]
    with torch.no_grad():
        for grad in grads:
            grad += torch.normal(0.0, std, grad.shape, generator=generator, dtype=grad.dtype, device=grad.device)
