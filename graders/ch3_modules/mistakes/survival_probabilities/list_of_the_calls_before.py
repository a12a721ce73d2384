"""A list that remembers.

The list is a default argument. Python makes it once, when the function is defined, so each call appends to the numbers
of all calls before. Make the list inside the function.
Read: default argument values · https://docs.python.org/3/tutorial/controlflow.html#default-argument-values
"""

FAILS = ("new_list_on_each_call",)


def survival_probabilities(depth, final=0.5, probabilities=[]):
    for layer in range(1, depth + 1):
        probabilities.append(1.0 - layer / depth * (1.0 - final))
    return probabilities
