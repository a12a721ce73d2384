"""Logits not side by side.

Each row that the head was given has as many numbers as there are classes, and it takes those of all members. torch.cat
puts the logits side by side only with `dim=1`: without it, one member's samples follow another's. torch.stack makes a
new dimension.
Read: torch.cat · https://docs.pytorch.org/docs/stable/generated/torch.cat.html
"""

FAILS = (
    "values",
    "gradients",
)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        return self.head(torch.stack([member(x) for member in self.members], dim=1))
