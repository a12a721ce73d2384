"""One list for all callers.

A cache hands the same list to everybody who asks for the same numbers. If one of them changes it, the others find it
changed. Return a new list on each call: it is quickly made.
Read: functools.lru_cache · https://docs.python.org/3/library/functools.html#functools.lru_cache
"""

import functools

FAILS = ("new_list_on_each_call",)


@functools.lru_cache
def survival_probabilities(depth, final=0.5):
    return [1.0 - layer / depth * (1.0 - final) for layer in range(1, depth + 1)]
