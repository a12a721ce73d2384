"""Decorated with no_grad, storage replaced."""


@torch.no_grad()
def sgd_step(parameters, lr):
    for p in list(parameters):
        if p.grad is not None:
            p.set_(p - lr * p.grad)
            p.grad.detach_()
            p.grad = torch.zeros_like(p)
