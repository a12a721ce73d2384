"""Every class gets the same share.

The rows sum to 1, but they are the same for every sample: nobody was asked. Give each member x, and count for which
class it votes.
"""

FAILS = ("shares",)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")

    def forward(self, x):
        logits = self.members[0](x)
        return torch.full_like(logits, 1 / logits.shape[1])

    def predict(self, x):
        return self.forward(x).argmax(dim=1)
