import time

time.sleep(3600)


def sigmoid(x):
    return x
