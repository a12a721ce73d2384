"""Right half first among equals.

Where the first entries are equal, the record of the right half is taken first, although it came later. Take from the
left one as long as its entry is less than *or equal to* the other.
"""

FAILS = ("stable",)


def merge_sort(records):
    if len(records) < 2:
        return list(records)
    half = len(records) // 2
    left, right = merge_sort(records[:half]), merge_sort(records[half:])
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i][0] < right[j][0]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]
