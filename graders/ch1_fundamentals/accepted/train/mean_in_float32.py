"""The mean loss computed in float32, whatever the dtype of the data; gradients from torch.autograd.grad."""


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    history = []
    for _ in range(epochs):
        losses = torch.zeros(len(data))
        for i, (x, y) in enumerate(zip(data, labels)):
            loss = loss_fn(predict(x[None], weights, bias)[0], y)
            losses[i] = loss.item()
            for p, gradient in zip((weights, bias), torch.autograd.grad(loss, (weights, bias))):
                p.data.sub_(lr * gradient)
        history.append(losses.mean().item())
    return history
