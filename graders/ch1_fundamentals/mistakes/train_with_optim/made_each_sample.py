"""A new optimizer for each sample.

An optimizer is made again for every sample, so it never remembers anything: momentum and the averages of Adam start
from nothing each time. With plain SGD nobody sees the difference. Make it once, before both loops.
"""

FAILS = ("other_optimizers", "how_it_is_made")


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels):
            optimizer = optimizer_class([weights, bias], lr=lr)
            optimizer.zero_grad()
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
