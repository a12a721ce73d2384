"""The generator used up.

Members that come from a generator are lost: it can be read only once, and it was read before they were kept, most often
to count them. Put the members into an nn.ModuleList first, and count that.
"""

FAILS = ("any_iterable",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        if len(list(members)) == 0:
            raise ValueError("members must hold at least one module, got none")
        self.members = nn.ModuleList(members)

    def forward(self, x):
        logits = [member(x) for member in self.members]
        votes = [F.one_hot(each.argmax(dim=1), each.shape[1]) for each in logits]
        return torch.stack(votes).to(logits[0].dtype).mean(dim=0)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
