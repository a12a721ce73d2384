"""With a DataLoader of batches of one sample."""

from torch.utils.data import DataLoader, TensorDataset


def train_with_optim(weights, bias, data, labels, epochs=10, lr=0.1, optimizer_class=torch.optim.SGD):
    optimizer = optimizer_class([weights, bias], lr)
    for p in optimizer.param_groups[0]["params"]:
        p.requires_grad_()
    history = []
    for _ in range(epochs):
        running = 0.0
        for x, y in DataLoader(TensorDataset(data, labels), batch_size=1, shuffle=False):
            optimizer.zero_grad()
            loss = binary_cross_entropy(predict(x, weights, bias), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        history.append(running / len(data))
    return history
