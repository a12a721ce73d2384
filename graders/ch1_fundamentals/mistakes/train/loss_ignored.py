"""Loss function ignored.

Binary cross-entropy is used for training, whatever loss function is given. Call `loss_fn`.
"""

FAILS = ("loss_function",)


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            loss = binary_cross_entropy(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            weights.grad = bias.grad = None
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
