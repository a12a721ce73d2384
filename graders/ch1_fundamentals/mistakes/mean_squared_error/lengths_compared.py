"""Shapes that differ are accepted if they have the same length.

`len()` is the size of the first dimension. A (5, 1) and a (5,) agree in it, and broadcast to 25 numbers. Compare the
whole shapes.
Read: Broadcasting · https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

FAILS = ("unequal_shapes",)


def mean_squared_error(prediction, target):
    if prediction.dim() and target.dim() and len(prediction) != len(target):
        raise ValueError(f"prediction has length {len(prediction)}, but target has {len(target)}")
    return (prediction - target).square().mean()
