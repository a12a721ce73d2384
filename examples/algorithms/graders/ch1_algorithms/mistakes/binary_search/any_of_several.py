"""Any of several equal items.

The search ends as soon as the item in the middle is the wanted one. There may be more of them to the left. Treat an
equal item like one that is too large, and go on until `low` and `high` meet.
"""

FAILS = ("first",)


def binary_search(items, wanted):
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] == wanted:
            return middle
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return None
