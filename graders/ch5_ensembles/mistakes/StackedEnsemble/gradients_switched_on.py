"""forward switches gradients on.

The head learns by itself where the caller has not switched gradients off. Who has, with `torch.no_grad()`, finds them
on after your forward. Leave the switch alone.
Read: torch.no_grad · https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

FAILS = ("leaves_the_rest_alone",)


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)

    def forward(self, x):
        torch.set_grad_enabled(True)
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
