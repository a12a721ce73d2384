"""The predictions overwritten.

The labels are right, but the predictions that were given are changed. Work on a copy.
"""

FAILS = ("leaves_the_rest_alone",)


def majority_vote(predictions):
    best, most = torch.zeros_like(predictions[0]), torch.zeros_like(predictions[0])
    for label in range(int(predictions.max()) + 1):
        votes = (predictions == label).sum(dim=0)
        best = torch.where(votes > most, label, best)
        most = torch.maximum(votes, most)
        predictions[predictions == label] = -1
    return best
