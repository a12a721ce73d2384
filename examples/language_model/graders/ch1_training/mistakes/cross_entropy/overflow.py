"""Overflow in the sum.

exp of a large logit is infinite, and so is the loss. Subtract the largest logit before exp, and add it again after log,
or let torch.logsumexp do both.
"""

FAILS = ("large_numbers",)


def cross_entropy(logits, targets):
    right = logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (logits.exp().sum(dim=-1).log() - right).mean()
