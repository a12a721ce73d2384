"""The head is not an nn.Linear.

The numbers are right, but head is some other module. Code that builds on the ensemble expects an nn.Linear there.
"""

FAILS = ("head",)


class Head(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return x @ self.weight.T + self.bias


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = Head(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
