"""Nothing moved.

The parameters stay what they were, from the first sample to the last. Most often `zero_grad()` comes between
`backward()` and `step()`, and clears the gradients that the step is about to use; or `step()` is never called. For each
sample: zero_grad, backward, step.
Read: Optimizer.zero_grad · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

FAILS = ("losses_and_parameters",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(data, labels):
            loss = binary_cross_entropy(predict(x[None], weights, bias), y[None])
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
