"""With 0 epochs the parameters do not require grad.

weights and bias are made to require grad whatever the number of epochs, as in `train`. Ask for that first, before the
loop, and before anything returns.
"""

FAILS = ("any_start",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    if epochs == 0:
        return []
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels):
            optimizer.zero_grad()
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
