"""The rate is a tensor on the CPU.

A tensor of learning rates is made without saying where, so it is on the CPU while the parameters are not. lr is a plain
number: multiply with it as it is.
"""

FAILS = ("placement",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= torch.full(p.shape, lr, dtype=p.dtype) * p.grad
                p.grad = None
