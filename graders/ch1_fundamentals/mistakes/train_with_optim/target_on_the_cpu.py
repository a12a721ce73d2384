"""Target made on the CPU.

Each sample's label is rebuilt by torch.tensor, on the CPU, but the data may be on another device. Take a slice of the
labels instead: it stays on their device.
Read: torch.tensor · https://docs.pytorch.org/docs/stable/generated/torch.tensor.html
"""

FAILS = ("placement",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            target = torch.tensor([labels[i].item()], dtype=labels.dtype)
            loss = binary_cross_entropy(predict(data[i : i + 1], weights, bias), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
