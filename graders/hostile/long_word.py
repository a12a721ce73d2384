class Long(Exception):
    def __str__(self):
        return "x" * 2**30


def sigmoid(x):
    raise Long
