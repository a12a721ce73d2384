"""One step for each epoch, with the sum of the gradients.

The gradients of all samples add up, and one step at the end of the epoch uses their sum. Here each sample makes a step
of its own: `zero_grad()`, `backward()` and `step()` all belong inside the loop over the samples.
"""

FAILS = ("losses_and_parameters",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        total = 0.0
        optimizer.zero_grad()
        for x, y in zip(data, labels):
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            total += loss.item()
        optimizer.step()
        losses.append(total / len(data))
    return losses
