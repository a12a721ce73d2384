"""With log1p, and torch.maximum for the clamp."""


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError(f"the prediction's shape is {prediction.shape}, not {target.shape}")
    floor = torch.full((), -100.0, dtype=prediction.dtype, device=prediction.device)
    wrong = target * torch.maximum(torch.log(prediction), floor)
    wrong = wrong + (1 - target) * torch.maximum(torch.log1p(-prediction), floor)
    return wrong.sum() / -prediction.numel()
