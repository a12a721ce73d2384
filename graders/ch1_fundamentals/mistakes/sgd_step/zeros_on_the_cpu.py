"""Zero gradient made on the CPU.

The gradient is replaced by zeros that are created without a device, so they are on the CPU while the parameter is not.
Set it to None, or use `p.grad.zero_()`.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("placement",)


def sgd_step(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= lr * p.grad
                p.grad = torch.zeros(p.shape, dtype=p.dtype)
