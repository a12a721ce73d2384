"""A loop that walks down the line by equal steps."""


def survival_probabilities(depth, final=0.5):
    step = (1 - final) / depth
    probabilities = []
    p = 1.0
    for _ in range(depth):
        p = p - step
        probabilities.append(p)
    return probabilities
