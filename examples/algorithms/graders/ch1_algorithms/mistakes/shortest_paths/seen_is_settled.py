"""Seen taken for settled.

A node is given its distance when it is first seen. A shorter way that is found later no longer counts. Settle a node
when it comes out of the heap, not when it goes in.
"""

FAILS = ("values",)


def shortest_paths(graph, start):
    distances, waiting = {start: 0}, [(0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        for neighbour, length in graph.get(node, {}).items():
            if neighbour not in distances:
                distances[neighbour] = distance + length
                heapq.heappush(waiting, (distance + length, neighbour))
    return distances
