"""Computed from the means of the classes.

The line lies half-way between the means of the two classes. That classifies these clouds well, but no step was taken.
Train by gradient steps: they also work where no formula is known.
"""

FAILS = ("losses_and_parameters", "loss_function")


def train(weights, bias, data, labels, epochs=10, lr=0.1, loss_fn=binary_cross_entropy):
    weights.requires_grad_()
    bias.requires_grad_()
    zero, one = (data[labels == label].mean(0) for label in (0, 1))
    weights.data = (one - zero).unsqueeze(1)
    bias.data = ((zero.square() - one.square()).sum() / 2).unsqueeze(0)
    return [loss_fn(predict(data, weights, bias), labels).item()] * epochs
