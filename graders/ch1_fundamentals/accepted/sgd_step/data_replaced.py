"""The tensor stays the same, its memory does not."""


def sgd_step(parameters, lr):
    for p in parameters:
        if p.grad is not None:
            p.data = p.data - lr * p.grad.data
            p.grad = torch.zeros_like(p.grad)
