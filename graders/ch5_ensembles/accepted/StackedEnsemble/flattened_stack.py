"""Stacked and flattened."""


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        self.members = nn.ModuleList()
        for member in members:
            self.members.append(Frozen(member))
        self.head = nn.Linear(num_classes * len(self.members), num_classes, bias=True)

    def forward(self, x):
        stack = torch.stack([member(x) for member in self.members], dim=1)
        return F.linear(stack.flatten(start_dim=1), self.head.weight, self.head.bias)
