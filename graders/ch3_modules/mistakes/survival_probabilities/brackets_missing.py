"""1 − l / depth − final.

The numbers are those of 1 − l / depth − final, so the last one is −final. Most often the brackets around 1 − final are
missing: the whole difference is multiplied by l / depth.
"""

FAILS = ("straight_line",)


def survival_probabilities(depth, final=0.5):
    return [float(1 - l / depth * 1 - final) for l in range(1, depth + 1)]
