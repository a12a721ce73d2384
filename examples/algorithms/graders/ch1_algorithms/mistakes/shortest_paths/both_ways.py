"""Edges followed both ways.

An edge from a to b is a one-way road: it does not lead from b to a. Only graph["b"] says where one can go from b.
"""

FAILS = ("reachable",)


def shortest_paths(graph, start):
    roads = {}
    for node, edges in graph.items():
        for neighbour, length in edges.items():
            for a, b in ((node, neighbour), (neighbour, node)):
                roads.setdefault(a, {})[b] = min(length, roads.get(a, {}).get(b, length))
    settled, waiting = {}, [(0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        if node not in settled:
            settled[node] = distance
            for neighbour, length in roads.get(node, {}).items():
                heapq.heappush(waiting, (distance + length, neighbour))
    return settled
