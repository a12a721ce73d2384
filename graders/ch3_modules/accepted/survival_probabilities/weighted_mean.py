"""Each value as a mean of 1 and final, weighted by the distance to both ends."""


def survival_probabilities(depth, final=0.5):
    return [((depth - l) + l * final) / depth for l in range(1, depth + 1)]
