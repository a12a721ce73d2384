"""Softmax at the end.

The network returns probabilities. It should return logits: the cross-entropy loss applies softmax itself, and a
second one makes its gradients small.
Read: torch.nn.CrossEntropyLoss · https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

FAILS = ("evaluation", "gradients")


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[
                DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p)
                for p in survival_probabilities(depth, final)
            ]
        )
        self.head = Linear(width, num_classes)

    def forward(self, x):
        return torch.softmax(self.head(self.blocks(self.stem(x))), dim=-1)
