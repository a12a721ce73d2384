def sigmoid(x):
    return x * 0 + float("inf")
