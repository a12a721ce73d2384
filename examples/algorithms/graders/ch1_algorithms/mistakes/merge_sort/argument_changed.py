"""Argument changed.

The result is written into the list that was given. The caller still needs it in its old order. Make a new list.
"""

FAILS = ("new_list",)


def merge_sort(records):
    if len(records) < 2:
        return records
    half = len(records) // 2
    left, right = merge_sort(records[:half]), merge_sort(records[half:])
    i = j = 0
    for k in range(len(records)):
        if j == len(right) or (i < len(left) and left[i][0] <= right[j][0]):
            records[k] = left[i]
            i += 1
        else:
            records[k] = right[j]
            j += 1
    return records
