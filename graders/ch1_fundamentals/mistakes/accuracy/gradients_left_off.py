"""Gradients are left switched off.

After the call, autograd records nothing any more, and the next training step fails or learns nothing. `with
torch.no_grad():` switches gradients off for a few lines only, and then restores what was before.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("share",)


def accuracy(data, labels, weights, bias):
    torch.set_grad_enabled(False)
    return ((predict(data, weights, bias) > 0.5) == (labels > 0.5)).double().mean().item()
