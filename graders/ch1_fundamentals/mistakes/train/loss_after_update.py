"""Loss taken after the update.

Each sample's loss is measured after the step that this same sample caused, so it looks too good. Take it before.
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
            total += loss_fn(predict(data[i : i + 1], weights, bias), labels[i : i + 1]).item()
        losses.append(total / len(data))
    return losses
