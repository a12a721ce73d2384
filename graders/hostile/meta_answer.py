import torch


def sigmoid(x):
    return torch.empty_like(x, device="meta", requires_grad=True)
