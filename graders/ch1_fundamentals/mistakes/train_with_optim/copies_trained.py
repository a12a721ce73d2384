"""Copies trained.

The caller's weights and bias are unchanged, although the losses fall: what the optimizer was given are copies. Give it
the tensors that were passed.
"""

FAILS = ("losses_and_parameters",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    weights, bias = (t.detach().clone().requires_grad_() for t in (weights, bias))
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
