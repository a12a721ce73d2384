"""Probabilities averaged.

forward returns the mean of the members' softmax. That is a good idea, called soft voting; but here each member has one
vote, for one class.
"""

FAILS = ("shares",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")

    def forward(self, x):
        logits = [member(x) for member in self.members]
        return torch.stack(logits).softmax(dim=2).mean(dim=0)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
