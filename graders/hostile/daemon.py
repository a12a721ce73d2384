import os


def sigmoid(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "@TOKEN@"])
        os._exit(0)
    return x
