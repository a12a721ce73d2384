"""Nothing moved.

The losses are written down, but the parameters stay what they were. Most often no step is taken, or the loss never goes
backward, so that there is no gradient to use. For each sample: predict, loss, backward, step.
"""

FAILS = ("losses_and_parameters", "accuracy")


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = [loss_fn(predict(x[None], weights, bias), y[None]).item() for x, y in zip(data, labels)]
    return [sum(losses) / len(losses)] * epochs
