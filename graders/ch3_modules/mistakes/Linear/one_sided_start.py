"""First numbers on one side only.

`torch.rand` gives numbers from 0 to 1. Multiplied by the bound, they lie between 0 and the bound, so every weight
starts positive and all outputs start out pointing the same way. The interval reaches as far below zero as above:
stretch and shift the numbers, or draw them between two ends at once.
Read: Tensor.uniform_ · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html
"""

FAILS = ("uniform_start",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.rand(out_features, in_features) * bound)
        self.bias = nn.Parameter(torch.rand(out_features) * bound) if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
