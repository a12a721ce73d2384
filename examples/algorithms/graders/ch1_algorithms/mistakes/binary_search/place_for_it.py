"""The place where it would belong.

The loop finds the first item that is not too small. That is the place where `wanted` would have to be inserted, and
another item may be there. Look whether it is the wanted one.
"""

FAILS = ("missing",)


def binary_search(items, wanted):
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low
