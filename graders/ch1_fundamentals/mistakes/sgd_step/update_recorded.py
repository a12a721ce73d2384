"""Update recorded.

The update is itself recorded by autograd, which refuses to change a leaf that requires grad in place. Do the update
where nothing is recorded.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = (
    "three_steps",
    "update_is_not_recorded",
)


def sgd_step(parameters, lr):
    for p in parameters:
        if p.grad is not None:
            p -= lr * p.grad
            p.grad = None
