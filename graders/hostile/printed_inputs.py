import sys


def sigmoid(x):
    print("inputs:", x.tolist())
    sys.stderr.write(f"inputs: {x.tolist()}\n")
    return x
