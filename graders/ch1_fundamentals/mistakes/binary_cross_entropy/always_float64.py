"""Always float64.

The loss is computed in float64 and stays float64, whatever the dtype of the inputs. The result should have the dtype of
the inputs.
"""

FAILS = ("dtypes",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    p, y = prediction.double(), target.double()
    return -(y * torch.log(p).clamp(min=-100) + (1 - y) * torch.log(1 - p).clamp(min=-100)).mean()
