"""Nodes that cannot be reached.

They are in the result, at an infinite distance. Only nodes that can be reached belong in it.
"""

FAILS = ("reachable",)


def shortest_paths(graph, start):
    nodes = {start, *graph, *(neighbour for edges in graph.values() for neighbour in edges)}
    distances = {node: float("inf") for node in nodes}
    distances[start], waiting = 0, [(0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        for neighbour, length in graph.get(node, {}).items():
            if distance + length < distances[neighbour]:
                distances[neighbour] = distance + length
                heapq.heappush(waiting, (distance + length, neighbour))
    return distances
