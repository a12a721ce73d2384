"""The layers are also kept as one sequence."""


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, (5, 5)), nn.Conv2d(6, 16, (5, 5))
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, num_classes)
        pool, relu = nn.MaxPool2d(2), nn.ReLU()
        self.layers = nn.Sequential(
            *(self.conv1, relu, pool),
            *(self.conv2, relu, pool),
            nn.Flatten(),
            *(self.fc1, relu),
            *(self.fc2, relu),
            self.fc3,
        )

    def forward(self, x):
        return self.layers(x)
