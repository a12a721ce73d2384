"""Merged by heapq.merge, which is stable."""

from operator import itemgetter


def merge_sort(records):
    if len(records) < 2:
        return records[:]
    half = len(records) // 2
    return list(heapq.merge(merge_sort(records[:half]), merge_sort(records[half:]), key=itemgetter(0)))
