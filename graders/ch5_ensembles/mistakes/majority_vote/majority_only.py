"""An absolute majority required.

A label with less than half of the votes did not win, although it had the most, and 0 came out. The most frequent
label wins, whether or not it has more than half.
"""

FAILS = ("most_frequent",)


def majority_vote(predictions):
    votes = F.one_hot(predictions).sum(dim=0)
    best = votes.max(dim=1)
    return torch.where(2 * best.values > len(predictions), best.indices, torch.zeros_like(best.indices))
