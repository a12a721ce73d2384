"""A ReLU in place of a tensor.

A layer was given a module, and it takes a tensor. `nn.ReLU(x)` makes a ReLU layer and takes x for its option `inplace`;
it does not apply it. Write `F.relu(x)`, or make the layer first: `nn.ReLU()(x)`.
Read: nn.ReLU · https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
"""

FAILS = (
    "values",
    "gradients",
)


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x):
        x = F.max_pool2d(nn.ReLU(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)
