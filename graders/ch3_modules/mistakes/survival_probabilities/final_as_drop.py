"""final taken as the probability of being dropped.

The line falls from 1 to 1 − final, so `final` is used as the probability that the last layer is dropped. It is the
probability that the last layer survives. With final = 0.5 the two are the same, so it is easy to miss.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [1.0 - layer / depth * final for layer in range(1, depth + 1)]
