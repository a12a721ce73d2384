"""Shuffled exactly when it should not be.

Testing is shuffled and training is not. Read the condition again.
"""

FAILS = (
    "testing",
    "training",
)


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, shuffle=not train)
