"""Logits overwritten.

The votes are written into the tensor that a member returned. A member may return its input, or a tensor that it keeps,
and that is changed too. Make a new tensor for the votes: `torch.zeros_like(logits)`.
"""

FAILS = ("leaves_the_rest_alone",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")

    def forward(self, x):
        total = 0
        for member in self.members:
            logits = member(x).detach()
            votes = logits.argmax(dim=1, keepdim=True)
            total = total + logits.zero_().scatter_(1, votes, 1)
        return total / len(self.members)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
