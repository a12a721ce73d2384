"""Itself a ModuleList."""


class Ensemble(nn.ModuleList):
    def __init__(self, members):
        super().__init__(members)
        if not len(self):
            raise ValueError("members is empty")

    def _votes(self, x):
        outputs = torch.stack([member(x).detach() for member in self])
        return outputs, torch.max(outputs, -1).indices

    def forward(self, x):
        outputs, votes = self._votes(x)
        classes = torch.arange(outputs.size(-1), device=outputs.device)
        return (votes[..., None] == classes).to(outputs.dtype).mean(0)

    @torch.no_grad()
    def predict(self, x):
        return majority_vote(self._votes(x)[1])
