"""Copies of the members.

Copies of the members are frozen, and the modules that were given are not: whoever holds them can still train them.
Freeze the modules themselves.
"""

FAILS = ("only_the_head_learns",)


import copy


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(copy.deepcopy(member)) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
