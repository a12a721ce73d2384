"""Rest forgotten.

When one half is used up, what is left of the other has not been appended yet. It is sorted, and belongs at the end.
"""

FAILS = ("order",)


def merge_sort(records):
    if len(records) < 2:
        return list(records)
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
    return merged
