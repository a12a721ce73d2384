"""Always along the last dimension.

The sum is taken along dimension -1, whatever `dim` is. Pass `dim` to `amax` and to `sum`.
"""

FAILS = ("values_and_gradient", "shapes_and_dtypes")


def softmax(x, dim):
    powers = torch.exp(x - x.amax(dim=-1, keepdim=True))
    return powers / powers.sum(dim=-1, keepdim=True)
