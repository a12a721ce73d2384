x = 9 ** 9 ** 9


def sigmoid(x):
    return x
