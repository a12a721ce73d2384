"""Half precision becomes float32.

float16 and bfloat16 are converted to float32, and the loss stays float32. That computes more precisely, but the result
should have the dtype of the inputs: convert it back.
"""

FAILS = ("dtypes",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    if prediction.dtype in (torch.float16, torch.bfloat16):
        prediction, target = prediction.float(), target.float()
    log_one, log_zero = prediction.log().clamp(min=-100), (1 - prediction).log().clamp(min=-100)
    return -(target * log_one + (1 - target) * log_zero).mean()
