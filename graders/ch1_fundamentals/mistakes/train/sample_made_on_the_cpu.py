"""Target made on the CPU.

Each sample's label is rebuilt by torch.tensor, on the CPU, but the data may be on another device. Take a slice of the
labels instead: it stays on their device.
Read: torch.tensor · https://docs.pytorch.org/docs/stable/generated/torch.tensor.html
"""

FAILS = ("placement",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels, strict=True):
            target = torch.tensor([y.item()], dtype=labels.dtype)
            loss = loss_fn(predict(x[None], weights, bias), target)
            weights.grad = bias.grad = None
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
