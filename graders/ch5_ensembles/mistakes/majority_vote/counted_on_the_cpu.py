"""Counted on the CPU.

The votes are counted in a tensor on the CPU, while the predictions are on another device. On a GPU that is an error, or
the result is left on the wrong device. Create the counts on the predictions' device.
"""

FAILS = ("placement",)


def majority_vote(predictions):
    votes = torch.zeros(predictions.shape[1], int(predictions.max()) + 1, dtype=torch.int64)
    for row in predictions:
        votes[torch.arange(len(row)), row] += 1
    return votes.argmax(dim=1)
