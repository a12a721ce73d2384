"""A tensor made on the CPU.

A tensor is made without a device, so it is on the CPU while the input is not. Most often these are zeros that a ReLU
compares with. F.relu needs none; if you do, create them on the input's device.
Read: torch.zeros_like · https://docs.pytorch.org/docs/stable/generated/torch.zeros_like.html
"""

FAILS = ("placement",)


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x):
        zero = torch.zeros(1, dtype=x.dtype)
        x = F.max_pool2d(torch.maximum(self.conv1(x), zero), 2)
        x = F.max_pool2d(torch.maximum(self.conv2(x), zero), 2)
        x = F.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc3(F.relu(self.fc2(x)))
