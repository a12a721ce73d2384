"""Looked at beyond the end.

If every item is too small, `low` ends at `len(items)`, where nothing is: `items[low]` raises an IndexError. Ask
`low < len(items)` first.
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
    return low if items[low] == wanted else None
