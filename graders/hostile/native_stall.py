import re


def sigmoid(x):
    re.match("(a+)+$", "a" * 64 + "b")
    return x
