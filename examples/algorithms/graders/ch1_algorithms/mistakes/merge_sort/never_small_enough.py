"""One record is split for ever.

Half of one is 0, so the right half of one record is that record again, and so on until Python gives up with a
RecursionError. A list of one record is sorted, like an empty one.
"""

FAILS = ("order", "short")


def merge_sort(records):
    if not records:
        return []
    half = len(records) // 2
    left, right = merge_sort(records[:half]), merge_sort(records[half:])
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i][0] <= right[j][0]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]
