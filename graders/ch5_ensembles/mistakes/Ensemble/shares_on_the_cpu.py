"""Shares counted on the CPU.

The votes are counted in a tensor on the CPU, while the members' logits are on another device. Create the counts on the
logits' device: `torch.zeros_like`, or `device=x.device`.
"""

FAILS = ("placement",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must not be empty")

    def forward(self, x):
        logits = [member(x) for member in self.members]
        votes = torch.zeros(logits[0].shape, dtype=logits[0].dtype)
        for each in logits:
            votes += F.one_hot(each.argmax(dim=1), each.shape[1])
        return votes / len(logits)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
