"""Sum instead of mean.

The losses of all predictions are added up, so the loss grows with the batch, and with it every gradient. Take the
mean.
"""

FAILS = ("value_and_gradient", "large_numbers", "any_leading_shape")


def cross_entropy(logits, targets):
    right = logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (logits.logsumexp(-1) - right).sum()
