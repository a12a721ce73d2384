"""Recursive, with the limits as arguments."""


def binary_search(items, wanted, low=0, high=None):
    high = len(items) if high is None else high
    if low == high:
        return low if low < len(items) and items[low] == wanted else None
    middle = (low + high) // 2
    if items[middle] < wanted:
        return binary_search(items, wanted, middle + 1, high)
    return binary_search(items, wanted, low, middle)
