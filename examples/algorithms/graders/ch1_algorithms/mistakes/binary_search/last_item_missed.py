"""Last item missed.

`high` starts at the last index, and the loop ends when `low` and `high` meet. So with `high` never looked at, the last
item counts as too large from the start. Start with `high = len(items)`.
"""

FAILS = ("values",)


def binary_search(items, wanted):
    low, high = 0, len(items) - 1
    while low < high:
        middle = (low + high) // 2
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < high + 1 and low < len(items) - 1 and items[low] == wanted else None
