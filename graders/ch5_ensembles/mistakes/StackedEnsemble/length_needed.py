"""A length required.

len() was called on members. An iterable need not have a length: a generator has none. Put the members into an
nn.ModuleList first, and count that.
"""

FAILS = ("any_members",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.head = nn.Linear(len(members) * num_classes, num_classes)
        self.members = nn.ModuleList(Frozen(member) for member in members)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
