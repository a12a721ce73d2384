def sigmoid(x):
    return x.flatten()[:0]
