"""With a closure."""


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    weights.requires_grad = bias.requires_grad = True
    optimizer = optimizer_class([weights, bias], lr=lr)

    def once(x, y):
        def closure():
            optimizer.zero_grad(set_to_none=False)
            loss = binary_cross_entropy(predict(x, weights, bias), y)
            loss.backward()
            return loss

        return optimizer.step(closure).item()

    return [sum(map(once, data.split(1), labels.split(1))) / len(data) for _ in range(epochs)]
