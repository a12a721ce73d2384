def sigmoid(x):
    return x * float("nan")
