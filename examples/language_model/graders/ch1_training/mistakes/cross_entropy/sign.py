"""Sign.

This is the logarithm of the right word's probability. It is highest where the model is best, so minimizing it makes the
model worse. The loss is minus that.
"""

FAILS = ("value_and_gradient", "large_numbers", "any_leading_shape")


def cross_entropy(logits, targets):
    right = logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (right - logits.logsumexp(-1)).mean()
