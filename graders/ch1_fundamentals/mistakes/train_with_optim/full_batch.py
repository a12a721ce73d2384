"""One step for all samples.

There is one step per epoch, on the mean loss of all samples. Here each sample should make a step of its own.
"""

FAILS = ("losses_and_parameters", "accuracy")


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = binary_cross_entropy(predict(data, weights, bias), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
