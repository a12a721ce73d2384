"""With limits that both belong to what is left, and the place of the last hit."""


def binary_search(items, wanted):
    low, high, found = 0, len(items) - 1, None
    while low <= high:
        middle = low + (high - low) // 2
        item = items[middle]
        if item == wanted:
            found = middle
        if item < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return found
