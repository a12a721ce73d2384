"""Unpacked into a first member and the others, which raises Python's own ValueError if there are none."""


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        first, *others = members
        self.committee = nn.ModuleList([first, *others])

    def _logits(self, x):
        return torch.stack([member(x) for member in self.committee])

    def forward(self, x):
        logits = self._logits(x)
        ballots = torch.zeros_like(logits).scatter_(-1, logits.argmax(-1, keepdim=True), 1)
        return ballots.sum(0).div_(len(self.committee))

    @torch.inference_mode()
    def predict(self, x):
        return majority_vote(self._logits(x).argmax(-1))
