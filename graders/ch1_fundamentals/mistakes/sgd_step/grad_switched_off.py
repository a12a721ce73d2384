"""The parameters no longer require grad.

The step is right, but afterwards the parameters do not require grad, so the next `backward()` has nothing to go back to
and training stops. Leave `requires_grad` alone. `with torch.no_grad():` is enough: what is done inside is not recorded,
and the parameters stay what they are.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("three_steps", "update_is_not_recorded")


def sgd_step(parameters, lr):
    for p in parameters:
        if p.grad is not None:
            p.requires_grad_(False)
            p -= lr * p.grad
            p.grad = None
