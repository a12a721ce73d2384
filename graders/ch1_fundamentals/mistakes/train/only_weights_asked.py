"""The bias is only made to require grad if the weights do not yet.

One of the two may require grad already, and the other not. Ask both, in every case: `requires_grad_()` changes nothing
where gradients are tracked already.
"""

FAILS = ("any_start",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    if not weights.requires_grad:
        weights.requires_grad_()
        bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels):
            loss = loss_fn(predict(x[None], weights, bias), y[None])
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
