"""At most ten classes.

Labels from 10 on break it: the number of classes is fixed. It follows from the largest label.
"""

FAILS = ("labels_of_any_size",)


def majority_vote(predictions):
    return F.one_hot(predictions, 10).sum(dim=0).argmax(dim=1)
