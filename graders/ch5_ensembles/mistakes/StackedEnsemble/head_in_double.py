"""The head in float64.

The head is made in float64, so it does not fit members in float32, which is what PyTorch makes unless told otherwise.
An nn.Linear as it comes is right.
"""

FAILS = ("head",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes, dtype=torch.float64)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
