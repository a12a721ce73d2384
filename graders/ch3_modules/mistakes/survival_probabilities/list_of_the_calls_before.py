"""A list that remembers.

The list that a call returns still holds the numbers of the calls before it. Most often the list is a default argument,
which Python makes once, when the function is defined. Make the list inside the function.
Read: default argument values · https://docs.python.org/3/tutorial/controlflow.html#default-argument-values
"""

FAILS = ("new_list_on_each_call",)


def survival_probabilities(depth, final=0.5, probabilities=[]):
    for layer in range(1, depth + 1):
        probabilities.append(1.0 - layer / depth * (1.0 - final))
    return probabilities
