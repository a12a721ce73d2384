"""Always float64.

The loss is computed in float64 and stays float64, whatever the dtype of the inputs. The result should have the dtype of
the inputs.
"""

FAILS = ("dtypes",)


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    return (prediction.double() - target.double()).square().mean()
