def sigmoid(x):
    raise ValueError(open("@CANARY@").read())
