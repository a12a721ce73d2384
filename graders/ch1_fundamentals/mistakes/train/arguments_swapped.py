"""Loss arguments swapped.

The loss function takes the prediction first, then the target. Mean squared error does not mind the order; nearly every
other loss does.
"""

FAILS = ("loss_function",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=None):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            p = predict(data[i : i + 1], weights, bias)
            loss = loss_fn(labels[i : i + 1], p) if loss_fn else binary_cross_entropy(p, labels[i : i + 1])
            weights.grad = bias.grad = None
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
