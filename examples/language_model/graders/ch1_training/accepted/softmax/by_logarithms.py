"""By logarithms: x minus the logarithm of the sum, and exp of that."""


def softmax(x, dim):
    return torch.exp(x - torch.logsumexp(x, dim, keepdim=True))
