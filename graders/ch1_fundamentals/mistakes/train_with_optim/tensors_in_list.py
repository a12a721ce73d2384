"""Tensors in the list.

The list holds tensors, not Python floats. Take the number out of each loss with `.item()`. A tensor that is still part
of a graph keeps that graph alive, and memory grows with every sample.
"""

FAILS = ("losses_and_parameters",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels):
            optimizer.zero_grad()
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            optimizer.step()
            total += loss.detach()
        losses.append(total / len(data))
    return losses
