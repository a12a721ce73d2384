"""Always zero.

The result is 0 for every model, even for one that is always right. Either the model is not asked, or its logits are
compared with the labels: `max` gives the largest logit and its place, and only the place is a class. `argmax` gives it.
Read: torch.max · https://docs.pytorch.org/docs/stable/generated/torch.max.html
"""

FAILS = ("accuracy", "smaller_batch", "evaluation_mode")


def evaluate(model, loader, device):
    return 0.0
