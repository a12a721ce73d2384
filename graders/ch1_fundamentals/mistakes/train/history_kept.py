"""One list for all calls.

The list that a call returns still holds the losses of the calls before it. Most often the list is a default argument,
which is made once, when the function is defined; a global list does the same. Make a new list in the function.
"""

FAILS = ("losses_and_parameters",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy, losses=[]):
    weights.requires_grad_()
    bias.requires_grad_()
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels):
            loss = loss_fn(predict(x[None], weights, bias), y[None])
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
