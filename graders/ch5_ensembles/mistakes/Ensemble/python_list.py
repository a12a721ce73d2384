"""Members in a Python list.

The members are in a plain list, where PyTorch does not look: parameters(), to() and state_dict() miss them. Use an
nn.ModuleList.
Read: nn.ModuleList · https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
"""

FAILS = ("is_a_module",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = list(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")

    def forward(self, x):
        logits = [member(x) for member in self.members]
        votes = [F.one_hot(each.argmax(dim=1), each.shape[1]) for each in logits]
        return torch.stack(votes).to(logits[0].dtype).mean(dim=0)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
