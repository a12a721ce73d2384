"""Shuffled in testing too.

In testing the samples come in a random order. The accuracy is the same, but result number 17 no longer belongs to
sample number 17.
"""

FAILS = ("testing",)


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)
