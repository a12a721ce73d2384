"""Samples from the last to the first.

The samples are taken in reverse order. Another order is not wrong in general; here the order given is part of the task,
so that the result can be compared.
"""

FAILS = ("losses_and_parameters",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data) - 1, -1, -1):
            loss = loss_fn(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            weights.grad = bias.grad = None
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
