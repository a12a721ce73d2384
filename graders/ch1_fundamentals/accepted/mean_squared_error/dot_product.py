"""As a dot product."""


def mean_squared_error(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"prediction {prediction.shape} against target {target.shape}")
    gap = (target - prediction).flatten()
    return gap.dot(gap) / gap.numel()
