"""The data set's transform replaced.

The loader sets the `transform` of the data set that it is given. Whoever else holds that data set sees other samples
from then on. What a function is given, it leaves as it was: the data set brings its transform along.
"""

FAILS = ("testing", "batches")


def make_loader(dataset: Dataset, batch_size: int, train: bool) -> DataLoader:
    dataset.transform = make_transform(train)
    return DataLoader(dataset, batch_size=batch_size, shuffle=train)
