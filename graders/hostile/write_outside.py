def sigmoid(x):
    with open("@FOLDER@/dojo-was-here", "w") as file:
        file.write("x")
    return x
