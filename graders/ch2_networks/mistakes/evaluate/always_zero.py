"""Always zero.

The model is not asked at all: the result is 0 for every model and every loader.
"""

FAILS = ("accuracy", "smaller_batch", "evaluation_mode")


def evaluate(model, loader, device):
    return 0.0
