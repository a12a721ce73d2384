"""In steps of powers of two, the largest first, over the items that are too small."""


def binary_search(items, wanted):
    before, step = 0, 1 << len(items).bit_length()
    while step := step // 2:
        if before + step <= len(items) and items[before + step - 1] < wanted:
            before += step
    return before if before < len(items) and items[before] == wanted else None
