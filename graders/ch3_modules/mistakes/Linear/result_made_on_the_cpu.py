"""Result created on the CPU.

A tensor for the result is created without a device, so it is on the CPU while the input is not. The product creates its
own result, on the right device.
Read: Tensor.new_zeros · https://docs.pytorch.org/docs/stable/generated/torch.Tensor.new_zeros.html
"""

FAILS = ("placement",)


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x):
        y = torch.zeros(*x.shape[:-1], len(self.weight), dtype=x.dtype) + x @ self.weight.T
        return y if self.bias is None else y + self.bias
