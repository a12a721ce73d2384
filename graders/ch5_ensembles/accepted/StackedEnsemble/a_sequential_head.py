"""Made in a different order, members frozen one by one."""


class StackedEnsemble(nn.Module):
    def __init__(self, members, num_classes):
        super().__init__()
        frozen = list(map(Frozen, members))
        self.head = nn.Linear(in_features=num_classes * len(frozen), out_features=num_classes)
        self.committee = nn.ModuleList(frozen)

    def forward(self, x):
        outputs = tuple(member(x) for member in self.committee)
        return self.head(torch.concat(outputs, -1))
