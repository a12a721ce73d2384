"""From the bottom up: runs of 1, 2, 4 and more records, without recursion."""


def merge_two(left, right):
    merged, right = [], list(right)
    for record in left:
        while right and right[0][0] < record[0]:
            merged.append(right.pop(0))
        merged.append(record)
    return merged + right


def merge_sort(records):
    runs = [[record] for record in records]
    while len(runs) > 1:
        runs = [merge_two(runs[i], runs[i + 1] if i + 1 < len(runs) else []) for i in range(0, len(runs), 2)]
    return runs[0] if runs else []
