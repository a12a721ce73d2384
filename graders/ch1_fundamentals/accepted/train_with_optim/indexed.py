"""With indices, cleared after the step."""


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    params = [weights.requires_grad_(True), bias.requires_grad_(True)]
    optimizer = optimizer_class(params, lr=lr)
    optimizer.zero_grad()
    history = []
    for _ in range(epochs):
        losses = torch.zeros(len(data), dtype=torch.float64)
        for i in range(data.shape[0]):
            loss = torch.nn.functional.binary_cross_entropy(predict(data[[i]], weights, bias), labels[[i]])
            losses[i] = loss.item()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        history.append(losses.mean().item())
    return history
