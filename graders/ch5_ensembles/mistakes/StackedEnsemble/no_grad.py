"""Gradients do not reach the input.

The graph is cut at the members, so no gradient reaches the input: torch.no_grad() and detach() both do that. Frozen
parameters get none anyway; the graph must stay whole.
"""

FAILS = ("gradients",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        with torch.no_grad():
            logits = torch.cat([member(x) for member in self.members], dim=1)
        return self.head(logits)
