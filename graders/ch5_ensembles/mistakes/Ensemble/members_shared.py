"""One list of members for all ensembles.

The list of members belongs to the class, so a second ensemble adds its members to the first one's committee. Make the
nn.ModuleList in __init__.
"""

FAILS = ("shares",)


class Ensemble(nn.Module):
    committee = nn.ModuleList()

    def __init__(self, members):
        super().__init__()
        members = list(members)
        if not members:
            raise ValueError("members must hold at least one module, got none")
        self.members = self.committee.extend(members)

    def forward(self, x):
        logits = [member(x) for member in self.members]
        votes = [F.one_hot(each.argmax(dim=1), each.shape[1]) for each in logits]
        return torch.stack(votes).to(logits[0].dtype).mean(dim=0)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
