"""The rate is a tensor on the CPU.

A tensor of learning rates is created without a device, so it is on the CPU while the parameters are not. lr is a plain
number: multiply by it directly.
"""

FAILS = ("placement",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= torch.full(p.shape, lr, dtype=p.dtype) * p.grad
                p.grad = None
