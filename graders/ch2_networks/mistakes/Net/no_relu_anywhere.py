"""No ReLU anywhere.

There is no ReLU, neither after the convolutions nor between the linear layers. The table has one after every layer but
the last.
Read: F.relu · https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.relu.html
"""

FAILS = ("values",)


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = self.fc2(x)
        return self.fc3(x)
