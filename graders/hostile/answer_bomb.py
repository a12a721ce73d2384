import torch


def sigmoid(x):
    return torch.zeros(1, dtype=x.dtype, requires_grad=True).expand(2**40)
