"""Whole records compared.

Tuples are compared entry by entry, so records with equal first entries are ordered by their second ones. Compare
`left[i][0]` with `right[j][0]`.
"""

FAILS = ("stable",)


def merge_sort(records):
    if len(records) < 2:
        return list(records)
    half = len(records) // 2
    left, right = merge_sort(records[:half]), merge_sort(records[half:])
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]
