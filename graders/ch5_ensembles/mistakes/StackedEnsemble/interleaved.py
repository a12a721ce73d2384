"""Classes side by side, not members.

The head sees all members' logits for class 0, then all for class 1, and so on. First come all logits of the first
member.
"""

FAILS = ("values",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.stack([member(x) for member in self.members], dim=2).flatten(1))
