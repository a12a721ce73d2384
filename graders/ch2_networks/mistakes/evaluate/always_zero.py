"""Always zero.

The result was 0 each time, even for a model that is mostly right. Most often the labels are compared with
something that is not a class: with the logits, or with one number for the whole batch. `max` gives the largest logit
and its place, and `argmax()` without `dim` looks at the whole batch at once. A class is the place in each row:
`argmax(dim=1)`.
Read: torch.max · https://docs.pytorch.org/docs/stable/generated/torch.max.html
"""

FAILS = ("accuracy", "smaller_batch", "evaluation_mode")


def evaluate(model, loader, device):
    return 0.0
