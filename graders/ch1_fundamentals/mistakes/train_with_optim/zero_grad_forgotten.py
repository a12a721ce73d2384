"""zero_grad forgotten.

The gradients of all samples so far add up, because nothing clears them. Call `zero_grad()` once for each step.
Read: Optimizer.zero_grad · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

FAILS = ("losses_and_parameters",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        pass
        total = 0.0
        for x, y in zip(data, labels):
            pass
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
