"""A list of tensors.

The numbers are right, and they are in a list; but each of them is a tensor of one number. A list of Python floats
was asked for; `tolist()` makes one.
Read: Tensor.tolist · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.tolist.html
"""

FAILS = ("list_of_floats",)


def survival_probabilities(depth, final=0.5):
    layers = torch.arange(1, depth + 1, dtype=torch.float64)
    return list(1.0 - layers / depth * (1.0 - final))
