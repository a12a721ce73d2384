"""Always float64.

The product is computed in float64, and the result stays float64, whatever the dtype of the inputs. The result should
have the dtype of the inputs.
"""

FAILS = ("dtypes",)


def predict(x, weights, bias):
    return sigmoid(x.double() @ weights.double() + bias.double()).squeeze(1)
