"""The same list, if it is short.

A list of fewer than two records is returned as it is, not as a new list. Whoever appends to the result then appends to
the list that was given. Return a copy: `list(records)`.
"""

FAILS = ("new_list",)


def merge_sort(records):
    if len(records) < 2:
        return records
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
