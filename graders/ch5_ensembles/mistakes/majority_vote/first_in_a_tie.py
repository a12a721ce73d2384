"""The first member decides a tie.

Where two labels have equally many votes, the one that an earlier member gave wins. Then the result depends on the
order of the members. The smallest label should win.
"""

FAILS = ("ties",)


def majority_vote(predictions):
    same = (predictions[:, None] == predictions[None]).sum(dim=1)
    best = same.argmax(dim=0)
    return predictions.gather(0, best[None])[0]
