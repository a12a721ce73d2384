"""A loss for every sample.

The list holds the loss of every sample, so it is as many times too long as there are samples. What is asked for is one
number for each epoch: the mean of its losses.
"""

FAILS = ("losses_and_parameters",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        for x, y in zip(data, labels):
            loss = loss_fn(predict(x[None], weights, bias), y[None])
            loss.backward()
            sgd_step([weights, bias], lr)
            losses.append(loss.item())
    return losses
