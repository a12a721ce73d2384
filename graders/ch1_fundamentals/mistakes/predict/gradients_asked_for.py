"""The parameters are made to require grad.

After the call, the weights and the bias require grad, although they did not before. Whoever trains the model decides
that; a prediction leaves its arguments unchanged.
"""

FAILS = ("one_point",)


def predict(x, weights, bias):
    return sigmoid(x @ weights.requires_grad_() + bias.requires_grad_()).squeeze(1)
