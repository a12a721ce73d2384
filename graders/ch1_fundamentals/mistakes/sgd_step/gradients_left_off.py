"""Gradients are left switched off.

After the call, autograd records nothing any more, so the next loss has no graph to go back through. `with
torch.no_grad():` switches gradients off for a few lines only, and then restores what was before.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("three_steps", "update_is_not_recorded")


def sgd_step(parameters, lr):
    torch.set_grad_enabled(False)
    for p in parameters:
        if p.grad is not None:
            p -= lr * p.grad
            p.grad = None
