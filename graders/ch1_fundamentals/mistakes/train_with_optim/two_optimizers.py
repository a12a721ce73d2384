"""An optimizer for each parameter.

One optimizer holds any number of parameters. With two of them, each loop must remember to clear and to step both, and
anyone who looks at one of them sees half of the model. Pass [weights, bias] to one.
"""

FAILS = ("how_it_is_made",)


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad_()
    bias.requires_grad_()
    optimizers = [optimizer_class([weights], lr=lr), optimizer_class([bias], lr=lr)]
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            loss = binary_cross_entropy(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            for optimizer in optimizers:
                optimizer.zero_grad()
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
