def accuracy(data, labels, weights, bias):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep
