"""The least frequent label.

The label with the fewest votes won, among those that were given.
"""

FAILS = ("most_frequent",)


def majority_vote(predictions):
    same = (predictions[:, None] == predictions[None]).sum(dim=1)
    return predictions.gather(0, same.argmin(dim=0)[None])[0]
