"""The mean of whole numbers.

PyTorch takes no mean of whole numbers, and votes from F.one_hot are int64. Convert them to the dtype of the logits
first, which is also the dtype that the shares should have.
Read: torch.mean · https://docs.pytorch.org/docs/stable/generated/torch.mean.html
"""

FAILS = (
    "shares",
    "is_a_module",
)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")

    def forward(self, x):
        logits = [member(x) for member in self.members]
        votes = [F.one_hot(each.argmax(dim=1), each.shape[1]) for each in logits]
        return torch.stack(votes).mean(dim=0)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
