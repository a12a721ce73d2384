"""Members only half frozen.

The members' parameters require no grad, but their mode follows the ensemble's: in training their dropout drops, and
their batch norm moves. Frozen does both.
"""

FAILS = ("only_the_head_learns", "values")


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(member.requires_grad_(False) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
