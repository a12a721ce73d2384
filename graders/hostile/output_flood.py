import os


def sigmoid(x):
    for _ in range(64):
        os.write(1, b"x" * 2**20)
        os.write(2, b"x" * 2**20)
    return x
