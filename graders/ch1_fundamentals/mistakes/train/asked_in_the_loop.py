"""With 0 epochs the parameters do not require grad.

weights and bias are made to require grad whatever the number of epochs. Most often `requires_grad_()` is called inside
the loop over the epochs, which never runs if there are none. Ask for gradients once, before the loop.
"""

FAILS = ("any_start",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    losses = []
    for _ in range(epochs):
        weights.requires_grad_()
        bias.requires_grad_()
        total = 0.0
        for x, y in zip(data, labels):
            loss = loss_fn(predict(x[None], weights, bias), y[None])
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
