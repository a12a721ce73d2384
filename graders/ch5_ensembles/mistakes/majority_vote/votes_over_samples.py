"""Votes counted over the samples.

The votes were counted along the rows: one result per member, not per sample. predictions is (M, N), so the members are
dimension 0.
"""

FAILS = ("most_frequent",)


def majority_vote(predictions):
    return predictions.mode(dim=1).values
