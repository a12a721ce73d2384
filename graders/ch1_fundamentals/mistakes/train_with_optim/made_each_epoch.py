"""A new optimizer each epoch.

A new optimizer is made for each epoch, so what it remembers from step to step is lost: momentum, Adam's averages. Make
it once, before the loop.
"""

FAILS = (
    "other_optimizers",
    "how_it_is_made",
)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        optimizer = optimizer_class([weights, bias], lr=lr)
        total = 0.0
        for x, y in zip(data, labels):
            optimizer.zero_grad()
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
