"""The largest label in a tie.

Where two labels have equally many votes, the larger one wins. It should be the smallest.
"""

FAILS = ("ties",)


def majority_vote(predictions):
    counts = F.one_hot(predictions).sum(dim=0)
    return counts.shape[1] - 1 - counts.flip(1).argmax(dim=1)
