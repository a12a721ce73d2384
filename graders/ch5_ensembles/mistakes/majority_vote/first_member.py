"""Only the first member counts.

The result is what the first member says. The others have no vote.
"""

FAILS = ("most_frequent",)


def majority_vote(predictions):
    return predictions[0].clone()
