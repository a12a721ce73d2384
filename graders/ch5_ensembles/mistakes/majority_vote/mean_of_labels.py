"""The mean of the labels.

The labels were averaged. They are names, not sizes: the mean of a cat (3) and a dog (5) is not a deer (4).
"""

FAILS = ("most_frequent", "ties")


def majority_vote(predictions):
    return predictions.double().mean(dim=0).round().long()
