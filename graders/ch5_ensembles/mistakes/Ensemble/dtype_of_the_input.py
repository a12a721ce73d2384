"""The dtype of the input.

The shares have the dtype of x. Often that is the logits' dtype too, but not always: an input may be whole numbers, such
as word indices. Take the dtype from a member's output.
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
        return torch.stack(votes).double().mean(dim=0).to(x.dtype)

    def predict(self, x):
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
