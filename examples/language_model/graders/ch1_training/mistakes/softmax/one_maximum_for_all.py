"""One maximum for the whole tensor.

A row whose numbers are all far below the largest number of the tensor gets exponents so negative that each power is 0,
and 0 / 0 is not a number. Subtract the largest number of each row: `x.amax(dim=dim, keepdim=True)`.
"""

FAILS = ("large_numbers",)


def softmax(x, dim):
    powers = torch.exp(x - x.max())
    return powers / powers.sum(dim=dim, keepdim=True)
