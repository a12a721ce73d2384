"""The number of classes remembered.

The number of classes is found at the first call and kept. Later predictions with larger labels do not fit. Look again
at each call.
"""

FAILS = ("labels_of_any_size",)

classes = []


def majority_vote(predictions):
    if not classes:
        classes.append(int(predictions.max()) + 1)
    return F.one_hot(predictions, classes[0]).sum(dim=0).argmax(dim=1)
