"""With torch's own function."""


def mean_squared_error(prediction, target):
    if list(prediction.shape) != list(target.shape):
        raise ValueError("target must have the shape of prediction")
    return torch.nn.functional.mse_loss(prediction, target)
