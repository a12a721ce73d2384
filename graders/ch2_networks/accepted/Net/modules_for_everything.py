"""Modules for everything, sizes worked out."""


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.fc3 = nn.Linear(in_features=84, out_features=num_classes)
        self.fc2 = nn.Linear(in_features=120, out_features=84)
        self.fc1 = nn.Linear(in_features=16 * 5 * 5, out_features=120)
        self.conv2 = nn.Conv2d(in_channels=6, out_channels=16, kernel_size=(5, 5))
        self.conv1 = nn.Conv2d(in_channels=3, out_channels=6, kernel_size=(5, 5))
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.relu = nn.ReLU(inplace=True)
        self.flatten = nn.Flatten()

    def forward(self, x):
        for convolution in (self.conv1, self.conv2):
            x = self.pool(self.relu(convolution(x)))
        x = self.flatten(x)
        for linear in (self.fc1, self.fc2):
            x = self.relu(linear(x))
        return self.fc3(x)
