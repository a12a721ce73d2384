"""Sampled from torch.distributions, in a parameter that does not require grad yet."""

from torch.distributions import Normal


def init_parameters():
    small = Normal(0.0, 0.01)
    weights, bias = (torch.nn.Parameter(small.sample(shape), requires_grad=False) for shape in ((2, 1), (1,)))
    return weights, bias
