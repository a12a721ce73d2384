"""Loss of the last sample.

Each entry is the loss of one sample, the epoch's last. It jumps about. Record the mean over the epoch.
"""

FAILS = ("losses_and_parameters",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            loss = loss_fn(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            weights.grad = bias.grad = None
            loss.backward()
            sgd_step([weights, bias], lr)
            total = loss.item() * len(data)
        losses.append(total / len(data))
    return losses
