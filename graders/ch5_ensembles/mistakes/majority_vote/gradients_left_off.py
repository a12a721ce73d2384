"""Gradients left off.

Counting needs no gradients, but they are switched off and not on again, so nothing can be trained after a vote.
Integers have no gradients anyway: leave the switch alone, or use `with torch.no_grad():`, which puts the caller's mode
back.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("leaves_the_rest_alone",)


def majority_vote(predictions):
    torch.set_grad_enabled(False)
    return F.one_hot(predictions).sum(dim=0).argmax(dim=1)
