"""One list for all callers.

Two calls for the same numbers return the same list. If one caller changes it, the other finds it changed. Most often a
cache hands it out. Return a new list on each call: it is quickly made.
Read: functools.lru_cache · https://docs.python.org/3/library/functools.html#functools.lru_cache
"""

import functools

FAILS = ("new_list_on_each_call",)


@functools.lru_cache
def survival_probabilities(depth, final=0.5):
    return [1.0 - layer / depth * (1.0 - final) for layer in range(1, depth + 1)]
