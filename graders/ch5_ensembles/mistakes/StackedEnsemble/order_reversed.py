"""Members in a different order.

The members' logits are in reverse order. The head's columns belong to the members in their order.
"""

FAILS = ("values",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in reversed(self.members)], dim=1))
