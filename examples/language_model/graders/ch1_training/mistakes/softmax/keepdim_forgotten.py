"""keepdim forgotten.

The sums have one dimension less than x. With a square x they still fit, but each sum divides a column instead of its
own row. With keepdim=True they stay where they belong.
"""

FAILS = ("values_and_gradient", "large_numbers", "masked", "shapes_and_dtypes")


def softmax(x, dim):
    powers = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return powers / powers.sum(dim=dim)
