"""lr has no effect.

The steps are those of the default, 0.1, whatever lr is given. Pass lr on to `sgd_step`.
"""

FAILS = ("loss_function",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels):
            loss = loss_fn(predict(x[None], weights, bias), y[None])
            loss.backward()
            sgd_step([weights, bias], 0.1)
            total += loss.item()
        losses.append(total / len(data))
    return losses
