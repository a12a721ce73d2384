"""Always float64.

The loss is taken in float64, and stays that, whatever the inputs were. What comes out should have the dtype of what
went in.
"""

FAILS = ("float32",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    p, y = prediction.double(), target.double()
    return -(y * torch.log(p).clamp(min=-100) + (1 - y) * torch.log(1 - p).clamp(min=-100)).mean()
