"""Not drawn by torch.

The numbers have the right distribution, but they do not come from torch's generator: `torch.manual_seed` does not reach
them, and a run cannot be repeated. Most often they come from Python's `random` or from numpy. Draw with torch.
Read: Tensor.uniform_ · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html
"""

import random

FAILS = ("starts_anew",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5

        def drawn(*shape):
            numbers = [random.uniform(-bound, bound) for _ in range(torch.Size(shape).numel())]
            return nn.Parameter(torch.tensor(numbers).view(shape))

        self.weight = drawn(out_features, in_features)
        self.bias = drawn(out_features) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
