"""Start forgotten.

The start can be reached from itself, over a path of length 0. It belongs in the result.
"""

FAILS = ("values", "reachable")


def shortest_paths(graph, start):
    settled, waiting = {}, [(0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        if node not in settled:
            settled[node] = distance
            for neighbour, length in graph.get(node, {}).items():
                heapq.heappush(waiting, (distance + length, neighbour))
    del settled[start]
    return settled
