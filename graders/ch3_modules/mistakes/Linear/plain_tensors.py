"""Tensors instead of parameters.

Weight and bias are tensors that require grad, but they are not `nn.Parameter`s. A module registers only parameters.
So `parameters()` is empty, an optimizer moves nothing, and `.to(…)` and `.double()` leave them where they are. Look
at how they are assigned in `__init__`.
Read: torch.nn.parameter.Parameter · https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
"""

FAILS = ("parameters", "state_dict")


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = in_features**-0.5
        self.weight = torch.empty(out_features, in_features).uniform_(-bound, bound).requires_grad_()
        self.bias = torch.empty(out_features).uniform_(-bound, bound).requires_grad_() if bias else None

    def forward(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
