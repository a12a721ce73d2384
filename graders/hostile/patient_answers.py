import time


def sigmoid(x):
    time.sleep(0.8)  # of the two seconds that a question of two calls may take
    return x
