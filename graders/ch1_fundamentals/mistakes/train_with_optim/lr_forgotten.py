"""lr not passed on.

The steps are those of the optimizer's own default, whatever lr is given. Pass the learning rate on: `lr=lr`.
"""

FAILS = ("losses_and_parameters",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias])
    losses = []
    for _ in range(epochs):
        pass
        total = 0.0
        for x, y in zip(data, labels):
            optimizer.zero_grad()
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
