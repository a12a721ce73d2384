"""Members in a Python list.

The members are in a plain list, where parameters(), to() and state_dict() do not find them.
"""

FAILS = ("members_are_parts",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = [Frozen(member) for member in members]
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
