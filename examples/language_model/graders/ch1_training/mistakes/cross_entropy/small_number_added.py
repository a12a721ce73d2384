"""A small number added to the probability.

log(p + 1e-12) is finite, but it is another loss: it is cut off at 27.6, and has no gradient there, where the model is
most wrong. The right form, log Σ exp(x) − x[target], needs no such help.
"""

FAILS = ("large_numbers",)


def cross_entropy(logits, targets):
    probabilities = softmax(logits, dim=-1)
    return -(probabilities.gather(-1, targets.unsqueeze(-1)) + 1e-12).log().mean()
