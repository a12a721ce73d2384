"""One update for all samples.

There is one update per epoch, on the mean loss of all samples. Here each sample should make an update of its own.
"""

FAILS = ("losses_and_parameters", "accuracy")


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        loss = loss_fn(predict(data, weights, bias), labels)
        loss.backward()
        sgd_step([weights, bias], lr)
        losses.append(loss.item())
    return losses
