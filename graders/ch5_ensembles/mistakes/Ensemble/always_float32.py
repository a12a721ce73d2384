"""Always float32.

The shares are float32, whatever the logits are. They should have the dtype of the logits.
"""

FAILS = ("dtypes",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")

    def forward(self, x):
        logits = [member(x) for member in self.members]
        votes = [F.one_hot(each.argmax(dim=1), each.shape[1]) for each in logits]
        return torch.stack(votes).float().mean(dim=0)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
