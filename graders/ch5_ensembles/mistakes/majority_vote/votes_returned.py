"""The number of votes returned.

The result says how many votes the winner got, and not which label won. `max` gives the largest count, `argmax` its
place, which is the label.
Read: torch.argmax · https://docs.pytorch.org/docs/stable/generated/torch.argmax.html
"""

FAILS = (
    "most_frequent",
    "ties",
)


def majority_vote(predictions):
    return F.one_hot(predictions).sum(dim=0).max(dim=1).values
