"""Samples shuffled.

The samples are taken in a random order. Shuffling is usually a good idea; here the order given is part of the task, so
that the result can be compared.
"""

FAILS = ("losses_and_parameters",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in torch.randperm(len(data)).tolist():
            loss = loss_fn(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
