import os
import signal


def sigmoid(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return x
