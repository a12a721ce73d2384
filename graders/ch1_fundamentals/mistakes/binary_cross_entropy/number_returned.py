"""A Python number, not a tensor.

The number is right, but `.item()` or `float(…)` has taken it out of its tensor, and with it out of the graph: nobody
can call `backward()` on it. Return the tensor. Whoever wants to print the loss can take the number out.
Read: Tensor.item · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.item.html
"""

FAILS = ("values_and_gradient",)


def binary_cross_entropy(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target differ in shape")
    log_one, log_zero = prediction.log().clamp(min=-100), (1 - prediction).log().clamp(min=-100)
    losses = -(target * log_one + (1 - target) * log_zero)
    return losses.mean().item()
