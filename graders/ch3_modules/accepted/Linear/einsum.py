"""The product as an einsum, the numbers from torch.rand."""


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = 1 / in_features**0.5
        self.weight = nn.Parameter((torch.rand(out_features, in_features) * 2 - 1) * bound)
        if bias:
            self.bias = nn.Parameter((torch.rand(out_features) * 2 - 1) * bound)
        else:
            self.register_parameter("bias", None)

    def forward(self, x):
        y = torch.einsum("...i,oi->...o", x, self.weight)
        if self.bias is not None:
            y = y + self.bias
        return y
