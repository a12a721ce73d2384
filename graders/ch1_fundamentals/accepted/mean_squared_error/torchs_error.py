"""The shapes are compared by a function of torch, whose exception is passed on without a message."""


def mean_squared_error(prediction, target):
    try:
        torch.testing.assert_close(prediction, target, atol=float("inf"), rtol=0.0, check_dtype=False, equal_nan=True)
    except AssertionError:
        raise ValueError from None
    return ((prediction - target) ** 2).sum().div(prediction.numel())
