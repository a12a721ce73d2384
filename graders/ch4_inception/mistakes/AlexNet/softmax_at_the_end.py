"""Softmax at the end.

The outputs are probabilities: positive, with sum 1. The network should return logits. nn.CrossEntropyLoss applies
softmax itself; applying it twice flattens the gradients and slows the training.
Read: nn.CrossEntropyLoss · https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

FAILS = ("values",)


class AlexNet(nn.Module):
    def __init__(self, num_classes=10, width=64):
        super().__init__()
        w = width
        self.features = nn.Sequential(
            nn.Conv2d(3, w, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(w, 3 * w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(3 * w, 6 * w, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(6 * w, 4 * w, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(4 * w, 4 * w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Linear(16 * w, num_classes),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), start_dim=1)).softmax(dim=1)
