"""Copies trained.

The caller's parameters are unchanged: copies were trained. Make the given tensors require grad, and update them in
place.
"""

FAILS = ("losses_and_parameters",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights = weights.clone().detach().requires_grad_()
    bias = bias.clone().detach().requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            loss = loss_fn(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            weights.grad = bias.grad = None
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
