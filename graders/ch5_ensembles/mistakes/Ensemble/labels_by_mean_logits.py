"""predict uses the mean logits.

predict takes the class with the largest mean logit, and forward counts votes. The two must agree: predict is the
majority.
"""

FAILS = ("predict",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")

    def forward(self, x):
        logits = [member(x) for member in self.members]
        votes = [F.one_hot(each.argmax(dim=1), each.shape[1]) for each in logits]
        return torch.stack(votes).to(logits[0].dtype).mean(dim=0)

    def predict(self, x):
        return torch.stack([member(x) for member in self.members]).mean(dim=0).argmax(dim=1)
