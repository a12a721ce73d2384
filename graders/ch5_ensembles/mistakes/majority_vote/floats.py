"""Floats instead of labels.

The labels come back as floating-point numbers. Labels are int64.
"""

FAILS = ("most_frequent",)


def majority_vote(predictions):
    return F.one_hot(predictions).sum(dim=0).argmax(dim=1).double()
