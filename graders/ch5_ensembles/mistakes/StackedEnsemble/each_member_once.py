"""Each module only once.

A module that is given twice is stacked once, so the head is too small. `members` is used as it is given.
"""

FAILS = ("any_members",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in dict.fromkeys(members))
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
