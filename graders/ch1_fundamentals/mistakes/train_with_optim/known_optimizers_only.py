"""Known optimizers only.

The optimizer is chosen by the name of its class, so anything else than a class of torch.optim fails: your own class,
or one with more options set by `functools.partial`. Call whatever is given.
Read: functools.partial · https://docs.python.org/3/library/functools.html#functools.partial
"""

FAILS = ("other_optimizers",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = getattr(torch.optim, optimizer_class.__name__)([weights, bias], lr=lr)
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
