"""Always float64.

The loss is taken in float64, and stays that, whatever the inputs were. What comes out should have the dtype of what
went in.
"""

FAILS = ("float32",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    return (prediction.double() - target.double()).square().mean()
